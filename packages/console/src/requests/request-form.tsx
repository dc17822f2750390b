import { Trans, useLingui } from "@lingui/react/macro";
import {
  type FieldError,
  PRIORITIES,
  ServiceFlowError,
  type ServiceRequest,
} from "@serviceflow/sdk";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { Form } from "react-aria-components";
import { mutations, queries } from "../app/client.ts";
import { useDraft } from "../app/drafts.ts";
import { FailureBanner } from "../app/failure.tsx";
import { useOnline } from "../app/online.ts";
import { useRuleWords } from "../app/rule-words.ts";
import { useMe } from "../app/session.tsx";
import { PRIORITY_WORDS } from "../app/terms.ts";
import { useCategories } from "../app/use-categories.ts";
import { Button } from "../kit/button.tsx";
import { Choice } from "../kit/choice.tsx";
import { Field } from "../kit/field.tsx";
import { PriorityGlyph } from "../kit/glyphs.tsx";
import { MANY } from "../kit/menu.tsx";
import { Picked } from "../kit/picked.tsx";

/** The longest title that the server takes. */
const LONGEST_TITLE = 200;

/** A new request of one's own. What is typed survives a reload. */
export function RequestForm({
  followsUp,
  onFiled,
}: {
  /** The closed request that it follows up. */
  followsUp?: string | undefined;
  onFiled: (request: ServiceRequest) => void;
}) {
  const { t, i18n } = useLingui();
  const me = useMe();
  const online = useOnline();
  const draft = `${me.id}.new${followsUp === undefined ? "" : `.${followsUp}`}`;
  const [title, setTitle] = useDraft(`${draft}.title`);
  const [description, setDescription] = useDraft(`${draft}.description`);
  const [category, setCategory] = useDraft(`${draft}.category`);
  const [urgency, setUrgency] = useDraft(`${draft}.priority`);
  const priority = PRIORITIES.find((one) => one === urgency) ?? "NORMAL";
  const { categories, nameOf } = useCategories();
  const followed = useQuery({
    ...queries.requests.get(followsUp ?? ""),
    enabled: followsUp !== undefined,
  });
  const create = useMutation(mutations.requests.create());
  const active = categories.filter((one) => one.active);
  const chosen = active.find(({ slug }) => slug === (category || followed.data?.category));
  const team = (chosen ?? active.find(({ slug }) => slug === "general") ?? active[0])?.slug;
  const ruleWords = useRuleWords();
  // Others would be shown again in a field that was corrected since.
  // biome-ignore lint/correctness/useExhaustiveDependencies: of an error the words are the same
  const fieldErrors = useMemo(
    () => fieldErrorsOf(create.error, ruleWords),
    [create.error, i18n.locale],
  );
  const isDraft = title !== "" || description !== "";
  const clear = () => {
    for (const set of [setTitle, setDescription, setCategory, setUrgency]) set("");
  };
  const file = () => {
    const input = { title, description, priority };
    const again = ServiceFlowError.is(create.error) ? create.error.idempotencyKey : undefined;
    const isSame =
      create.variables?.title === title && create.variables.description === description;
    create
      .mutateAsync({
        ...input,
        ...(team === undefined ? {} : { category: team }),
        ...(followsUp === undefined ? {} : { followsUp }),
        // Filed once, even if the first attempt arrived and its answer did not.
        ...(isSame && create.variables?.priority === priority ? { idempotencyKey: again } : {}),
      })
      .then((request) => {
        clear();
        create.reset();
        onFiled(request);
      })
      .catch(() => {});
  };
  return (
    <Form
      className="grid content-start gap-4"
      validationErrors={fieldErrors}
      onSubmit={(event) => {
        event.preventDefault();
        if (!create.isPending && online) file();
      }}
    >
      {create.isError && Object.keys(fieldErrors).length === 0 ? (
        <FailureBanner error={create.error} onClose={() => create.reset()} />
      ) : null}
      {followsUp === undefined ? null : (
        <p className="border-l-2 border-thread pl-3 text-pretty text-ink-2">
          <Trans>
            This follows up {followsUp}: {followed.data?.title ?? "…"}
          </Trans>
        </p>
      )}
      <Field
        name="title"
        label={t`Summary`}
        isRequired
        maxLength={LONGEST_TITLE}
        value={title}
        onChange={setTitle}
      />
      <Field
        name="description"
        label={t`Details: what happens, since when, what you tried`}
        rows={5}
        value={description}
        onChange={setDescription}
      />
      {active.length < 2 ? null : active.length > MANY ? (
        <Picked
          label={t`Team`}
          options={active.map(({ slug }) => ({ id: slug, words: nameOf(slug) }))}
          value={team}
          onChange={setCategory}
        />
      ) : (
        <Choice
          name="category"
          label={t`Team`}
          options={active.map((one) => ({
            value: one.slug,
            label: nameOf(one.slug),
          }))}
          {...(team === undefined ? {} : { value: team })}
          onChange={setCategory}
        />
      )}
      <Choice
        name="priority"
        label={t`How urgent is it?`}
        hint={t`Choose Urgent when people cannot work or someone may get hurt.`}
        options={PRIORITIES.map((one) => ({
          value: one,
          label: (
            <>
              <PriorityGlyph priority={one} />
              {i18n._(PRIORITY_WORDS[one])}
            </>
          ),
        }))}
        value={priority}
        onChange={setUrgency}
      />
      <div className="flex flex-wrap items-center gap-2">
        <Button
          type="submit"
          kind="primary"
          size="lg"
          isDisabled={!online}
          isPending={create.isPending}
        >
          <Trans>File the request</Trans>
        </Button>
        <span role="status" className="text-12 text-ink-3">
          {!online ? (
            <Trans>You’re offline. What you typed is kept here.</Trans>
          ) : isDraft ? (
            <Trans>Draft saved on this device</Trans>
          ) : null}
        </span>
        {isDraft ? (
          <Button kind="quiet" size="sm" onPress={clear}>
            <Trans>Clear the form</Trans>
          </Button>
        ) : null}
      </div>
    </Form>
  );
}

/** The server's errors by the field that they name. */
function fieldErrorsOf(
  error: unknown,
  words: (fault: FieldError) => string,
): Record<string, string[]> {
  if (!ServiceFlowError.is(error)) return {};
  const named = error.errors.flatMap((fault) =>
    fault.pointer.startsWith("/") ? [{ field: fault.pointer.slice(1), words: words(fault) }] : [],
  );
  const fields = Object.groupBy(named, ({ field }) => field);
  return Object.fromEntries(
    Object.entries(fields).map(([field, errors]) => [
      field,
      (errors ?? []).map((one) => one.words),
    ]),
  );
}
