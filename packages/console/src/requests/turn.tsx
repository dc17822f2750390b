import { Trans, useLingui } from "@lingui/react/macro";
import type { Priority, ServiceRequest, Status } from "@serviceflow/sdk";
import { EyeOff } from "lucide-react";
import { memo, type ReactNode } from "react";
import { isErased, squareName } from "../app/person-name.ts";
import { isStaff, useMe } from "../app/session.tsx";
import { PRIORITY_WORDS, STATUS_WORDS } from "../app/terms.ts";
import { PersonGlyph, PriorityGlyph, StatusGlyph } from "../kit/glyphs.tsx";
import { Knot } from "../kit/thread.tsx";
import { Time } from "../kit/time.tsx";
import { CategoryName } from "./category-name.tsx";
import { LinkedText } from "./linked-text.tsx";
import { PersonById } from "./person-by-id.tsx";
import type { Turn } from "./thread.ts";

interface TurnProps<Kind extends Turn["kind"] = Turn["kind"]> {
  turn: Turn & { kind: Kind };
  request: ServiceRequest;
  /** What one calls the requester. */
  requester: string;
}

/** One turn of the timeline: a comment, an internal note or a line of history. */
export const TurnKnot = memo(function TurnKnot({ turn, ...props }: TurnProps) {
  return turn.kind === "said" ? <Said turn={turn} {...props} /> : <Happened turn={turn} />;
});

function Said({ turn, request, requester }: TurnProps<"said">) {
  const { t } = useLingui();
  const me = useMe();
  const name = turn.by === null ? t`ServiceFlow` : squareName(turn.by);
  const isDescription = turn.id === request.id;
  const forAnother = isDescription && request.submitter.id !== request.requester.id;
  const toRequester =
    isStaff(me) && !isDescription && turn.by !== null && turn.by.id !== request.requester.id;
  const by = (
    <div className="flex min-h-5 flex-wrap items-center gap-1.5">
      <b>
        <Who turn={turn} />
      </b>
      {turn.visibility === "INTERNAL" ? (
        <span className="inline-flex items-center gap-1 text-12 font-medium text-note-text">
          <EyeOff aria-hidden="true" className="size-3.5" />
          <Trans>Internal, {requester} does not see it</Trans>
        </span>
      ) : forAnother ? (
        <span className="text-12 text-ink-3">
          <Trans>for {requester}</Trans>
        </span>
      ) : toRequester ? (
        <span className="text-12 text-ink-3">
          <Trans>to {requester}</Trans>
        </span>
      ) : null}
      <span className="text-12 text-ink-3">
        <Time iso={turn.at} form="clock" />
      </span>
    </div>
  );
  return (
    <Knot
      node={<PersonGlyph name={name} mine={turn.by?.id === me.id} />}
      open={!turn.sealed}
      className="pb-4.5"
    >
      {turn.visibility === "INTERNAL" ? (
        <div className="relative -mt-0.75 overflow-hidden rounded-4 bg-note py-1.5 pr-3 pb-2.5 pl-5 text-note-ink">
          <span
            aria-hidden="true"
            className="hatched absolute inset-y-0 left-0 w-2 border-r border-note-line"
          />
          {by}
          <Text text={turn.text} />
        </div>
      ) : (
        <>
          {by}
          <Text text={turn.text} />
        </>
      )}
    </Knot>
  );
}

/** What the server puts in the place of a text of somebody who was erased. */
const ERASED_TEXT = "[erased]";

function Text({ text }: { text: string }) {
  const { t } = useLingui();
  if (text !== "" && text !== ERASED_TEXT) return <LinkedText text={text} />;
  return (
    <p className="text-14 text-ink-3">
      {text === "" ? t`No description.` : t`The text is erased.`}
    </p>
  );
}

function Happened({ turn }: { turn: Turn & { kind: "happened" } }) {
  const { entry } = turn;
  return (
    <Knot open={!turn.sealed} className="pb-3 text-12 text-ink-3">
      <Line turn={turn} />
      {entry.reason === null ? null : (
        <>
          : <span className="text-ink-2">“{entry.reason}”</span>
        </>
      )}{" "}
      <span className="whitespace-nowrap">
        · <Time iso={turn.at} form="clock" />
      </span>
    </Knot>
  );
}

function Line({ turn }: { turn: Turn & { kind: "happened" } }): ReactNode {
  const { i18n } = useLingui();
  const { action, changes } = turn.entry;
  const who = (
    <b className="font-medium text-ink-2">
      <Who turn={turn} />
    </b>
  );
  switch (action) {
    case "request.claimed":
      return <Trans>{who} claimed it</Trans>;
    case "request.released":
      return <Trans>{who} put it back in the queue</Trans>;
    case "request.assigned":
      return (
        <Trans>
          {who} assigned it to <PersonById id={changes.assigneeId?.to} />
        </Trans>
      );
    case "request.transitioned": {
      const to = changes.status?.to as Status;
      const glyph = <StatusGlyph status={to} />;
      if (to === "IN_PROGRESS") {
        return changes.assigneeId === undefined ? (
          <Trans>
            {glyph} {who} started work
          </Trans>
        ) : (
          <Trans>
            {glyph} {who} claimed it and started work
          </Trans>
        );
      }
      if (to === "DONE") {
        return (
          <Trans>
            {glyph} {who} finished it
          </Trans>
        );
      }
      if (to === "CANCELED") {
        return (
          <Trans>
            {glyph} {who} canceled it
          </Trans>
        );
      }
      return (
        <Trans>
          {glyph} {who} changed the status to {i18n._(STATUS_WORDS[to] ?? to)}
        </Trans>
      );
    }
    case "request.updated": {
      const priority = changes.priority;
      if (priority !== undefined) {
        const from = i18n._(PRIORITY_WORDS[priority.from as Priority]);
        const to = i18n._(PRIORITY_WORDS[priority.to as Priority]);
        return (
          <Trans>
            <PriorityGlyph priority={priority.to as Priority} /> {who} changed priority from {from}{" "}
            to {to}
          </Trans>
        );
      }
      if (changes.category !== undefined) {
        const to = <CategoryName slug={String(changes.category.to)} />;
        return (
          <Trans>
            {who} moved it to {to}
          </Trans>
        );
      }
      if (changes.requesterId !== undefined) {
        return (
          <Trans>
            {who} corrected the requester to <PersonById id={changes.requesterId.to} />
          </Trans>
        );
      }
      return changes.title !== undefined ? (
        <Trans>{who} changed the title</Trans>
      ) : (
        <Trans>{who} changed the description</Trans>
      );
    }
    default:
      return (
        <>
          {who} {action}
        </>
      );
  }
}

function Who({ turn }: { turn: Turn }) {
  const { t } = useLingui();
  const me = useMe();
  if (turn.by === null) return t`ServiceFlow`;
  if (turn.by.id === me.id) return t`You`;
  return isErased(turn.by) ? t`Name erased` : turn.by.fullName;
}
