import { Trans, useLingui } from "@lingui/react/macro";
import type { OneTimeCode } from "@serviceflow/sdk";
import { useMutation } from "@tanstack/react-query";
import { sf } from "../../app/client.ts";
import { LoadFailure } from "../../app/failure.tsx";
import { Empty, SkeletonRows } from "../../kit/banner.tsx";
import { Button } from "../../kit/button.tsx";
import { Cell, CommandsTh, firstCell, Row, secondLine, wideOnly } from "../../kit/cells.tsx";
import { Table, Th } from "../../kit/table.tsx";
import { Time } from "../../kit/time.tsx";
import { toast } from "../../kit/toast.tsx";
import { PersonById } from "../../requests/person-by-id.tsx";
import { RefusalBanner } from "../admin/notices.tsx";
import { MoreRows } from "../admin/work-region.tsx";
import type { KeyOwner } from "./key-owner.ts";
import { refreshCodes, useCodes } from "./use-keys.ts";

/** The links and codes that were handed to a person and not used yet. */
export function CodesPanel({
  owner,
  onReplace,
}: {
  owner: KeyOwner;
  /** Makes another link in place of one. */
  onReplace?: (code: OneTimeCode) => void;
}) {
  const { t } = useLingui();
  const codes = useCodes(owner.id);
  const revoke = useMutation({
    mutationFn: async (id: string) => sf.codes.revoke(id),
    onSuccess: () => toast(t`The code is revoked.`),
    // One that was used meanwhile is gone as well.
    onSettled: refreshCodes,
  });
  const rows = codes.data?.pages.flatMap(({ items }) => items);
  if (rows === undefined) {
    return codes.isError ? (
      <LoadFailure error={codes.error} retry={() => void codes.refetch()} />
    ) : (
      <SkeletonRows label={t`Loading codes`} rows={2} />
    );
  }
  if (rows.length === 0) {
    return <Empty level={3} title={t`No invitation or code is waiting to be used.`} />;
  }
  return (
    <>
      <RefusalBanner error={revoke.error} onClose={() => revoke.reset()} />
      <Table label={t`Invitations and codes`}>
        <thead>
          <tr>
            <Th>{t`What for`}</Th>
            <Th className={wideOnly}>{t`From`}</Th>
            <Th className={wideOnly}>{t`Made`}</Th>
            <Th>{t`Valid until`}</Th>
            <CommandsTh />
          </tr>
        </thead>
        <tbody>
          {rows.map((code) => (
            <Row key={code.id}>
              <Cell className={firstCell}>
                <span className="cut block" title={code.name}>
                  {code.name}{" "}
                  <span className="text-12 text-ink-3">
                    {code.purpose === "SESSION" ? t`signs in once` : t`becomes a key`}
                  </span>
                </span>
                <span className={secondLine}>
                  <Time iso={code.createdAt} form="words" />
                </span>
              </Cell>
              <Cell className={wideOnly}>
                {code.issuerId === null ? t`The operator` : <PersonById id={code.issuerId} />}
              </Cell>
              <Cell className={wideOnly}>
                <Time iso={code.createdAt} form="words" />
              </Cell>
              <Cell>
                <Time iso={code.expiresAt} form="clock" />
              </Cell>
              <Cell numeric>
                <span className="inline-flex gap-1.5">
                  {onReplace === undefined || code.purpose !== "SESSION" ? null : (
                    <Button size="sm" onPress={() => onReplace(code)}>
                      <Trans>New link…</Trans>
                    </Button>
                  )}
                  <Button
                    size="sm"
                    isPending={revoke.isPending && revoke.variables === code.id}
                    onPress={() => revoke.mutate(code.id)}
                  >
                    <Trans>Revoke</Trans>
                  </Button>
                </span>
              </Cell>
            </Row>
          ))}
        </tbody>
      </Table>
      <MoreRows
        more={codes.hasNextPage}
        isLoading={codes.isFetchingNextPage}
        onMore={() => void codes.fetchNextPage()}
      />
    </>
  );
}
