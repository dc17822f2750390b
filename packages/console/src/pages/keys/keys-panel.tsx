import { Trans, useLingui } from "@lingui/react/macro";
import type { ApiKey, ApiKeyWithSecret } from "@serviceflow/sdk";
import { Plus } from "lucide-react";
import { useState } from "react";
import { LoadFailure } from "../../app/failure.tsx";
import { Empty, SkeletonRows } from "../../kit/banner.tsx";
import { Button } from "../../kit/button.tsx";
import { MoreRows } from "../admin/work-region.tsx";
import { IssueKey } from "./issue-key.tsx";
import type { KeyOwner } from "./key-owner.ts";
import { works } from "./key-state.ts";
import { KeysTable } from "./keys-table.tsx";
import { RevealKey } from "./reveal-key.tsx";
import { RevokeKey } from "./revoke-key.tsx";
import { RotateKey } from "./rotate-key.tsx";
import { useKeys } from "./use-keys.ts";

type Open = { dialog: "rotate" | "revoke"; key: ApiKey } | { dialog: "issue" };

/** A person’s keys: those that work, or those that have ended. */
export function KeysPanel({
  owner,
  only,
  issuing = false,
  onIssuing,
}: {
  owner: KeyOwner;
  /** Absent: all, those that work first. */
  only?: "working" | "ended";
  /** The page has the button of its own. */
  issuing?: boolean;
  onIssuing?: (isOpen: boolean) => void;
}) {
  const { t } = useLingui();
  const keys = useKeys(owner.id);
  const [open, setOpen] = useState<Open>();
  const [made, setMade] = useState<ApiKeyWithSecret>();
  const now = Date.now();
  const all = keys.data?.pages.flatMap(({ items }) => items);
  const working = all?.filter((key) => works(key, now)) ?? [];
  const ended = all?.filter((key) => !works(key, now)) ?? [];
  const shown = only === "working" ? working : only === "ended" ? ended : [...working, ...ended];
  const close = () => {
    setOpen(undefined);
    onIssuing?.(false);
  };
  const issue = (
    <Button
      onPress={() => (onIssuing === undefined ? setOpen({ dialog: "issue" }) : onIssuing(true))}
    >
      <Plus aria-hidden="true" className="size-4" />
      <Trans>Issue a key</Trans>
    </Button>
  );
  return (
    <>
      {all === undefined ? (
        keys.isError ? (
          <LoadFailure error={keys.error} retry={() => void keys.refetch()} />
        ) : (
          <SkeletonRows label={t`Loading keys`} rows={4} />
        )
      ) : shown.length === 0 && !keys.hasNextPage ? (
        <Empty
          level={only === undefined ? 3 : 2}
          title={only === "ended" ? t`No key has ended.` : t`No keys.`}
          {...(only === "ended" || owner.erasedAt !== null ? {} : { acts: issue })}
        >
          {only === "ended" ? null : (
            <Trans>A program, a bot or a script signs in with a key and acts as its owner.</Trans>
          )}
        </Empty>
      ) : (
        <>
          <KeysTable
            keys={shown}
            more={keys.hasNextPage}
            {...(open === undefined || open.dialog === "issue" ? {} : { here: open.key.id })}
            onOpen={(dialog, key) => setOpen({ dialog, key })}
          />
          <MoreRows
            more={keys.hasNextPage}
            isLoading={keys.isFetchingNextPage}
            onMore={() => void keys.fetchNextPage()}
          />
          {onIssuing === undefined && owner.erasedAt === null ? (
            <div className="px-3 py-2.5">{issue}</div>
          ) : null}
        </>
      )}
      {made !== undefined ? (
        <RevealKey made={made} owner={owner} onClose={() => setMade(undefined)} />
      ) : issuing || open?.dialog === "issue" ? (
        <IssueKey
          owner={owner}
          onMade={(key) => {
            close();
            setMade(key);
          }}
          onClose={close}
        />
      ) : open?.dialog === "rotate" ? (
        <RotateKey
          apiKey={open.key}
          onMade={(key) => {
            close();
            setMade(key);
          }}
          onClose={close}
        />
      ) : open?.dialog === "revoke" ? (
        <RevokeKey apiKey={open.key} onClose={close} />
      ) : null}
    </>
  );
}
