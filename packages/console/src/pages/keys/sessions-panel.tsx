import { Trans, useLingui } from "@lingui/react/macro";
import { useMutation } from "@tanstack/react-query";
import { sf } from "../../app/client.ts";
import { LoadFailure } from "../../app/failure.tsx";
import { Empty, SkeletonRows } from "../../kit/banner.tsx";
import { Button } from "../../kit/button.tsx";
import { Cell, CommandsTh, firstCell, Row, secondLine, wideOnly } from "../../kit/cells.tsx";
import { Table, Th } from "../../kit/table.tsx";
import { Time } from "../../kit/time.tsx";
import { RefusalBanner } from "../admin/notices.tsx";
import { MoreRows } from "../admin/work-region.tsx";
import type { KeyOwner } from "./key-owner.ts";
import { useDeviceWords } from "./use-device-words.ts";
import { refreshKeys, useSessions } from "./use-keys.ts";

/** The browsers in which a person is signed in. */
export function SessionsPanel({
  owner,
  level = 3,
}: {
  owner: KeyOwner;
  /** 2: they are all that the page shows. */
  level?: 2 | 3;
}) {
  const { t } = useLingui();
  const words = useDeviceWords();
  const sessions = useSessions(owner.id);
  const end = useMutation({
    mutationFn: async (id: string) => sf.session.revoke(id),
    onSuccess: refreshKeys,
  });
  const rows = sessions.data?.pages.flatMap(({ items }) => items);
  if (rows === undefined) {
    return sessions.isError ? (
      <LoadFailure error={sessions.error} retry={() => void sessions.refetch()} />
    ) : (
      <SkeletonRows label={t`Loading sessions`} rows={3} />
    );
  }
  if (rows.length === 0) return <Empty level={level} title={t`Signed in nowhere.`} />;
  return (
    <>
      <RefusalBanner error={end.error} onClose={() => end.reset()} />
      <Table label={t`Sessions`}>
        <thead>
          <tr>
            <Th>{t`Device`}</Th>
            <Th className={wideOnly}>{t`Since`}</Th>
            <Th className={wideOnly} numeric>{t`Last used`}</Th>
            <Th className={wideOnly}>{t`Ends`}</Th>
            <CommandsTh />
          </tr>
        </thead>
        <tbody>
          {rows.map((session) => (
            <Row key={session.id}>
              <Cell className={firstCell}>
                <span className="block truncate" title={words(session.device)}>
                  {words(session.device)}{" "}
                  {session.current ? (
                    <span className="text-12 text-ink-3">
                      <Trans>this one</Trans>
                    </span>
                  ) : null}
                </span>
                <span className={secondLine}>
                  <Time iso={session.createdAt} form="words" />
                </span>
              </Cell>
              <Cell className={wideOnly}>
                <Time iso={session.createdAt} form="words" />
              </Cell>
              <Cell numeric className={wideOnly}>
                <Time iso={session.lastUsedAt ?? session.createdAt} />
              </Cell>
              <Cell className={wideOnly}>
                <Time iso={session.expiresAt} form="clock" />
              </Cell>
              <Cell numeric>
                {session.current ? null : (
                  <Button
                    size="sm"
                    isPending={end.isPending && end.variables === session.id}
                    onPress={() => end.mutate(session.id)}
                  >
                    <Trans>End</Trans>
                  </Button>
                )}
              </Cell>
            </Row>
          ))}
        </tbody>
      </Table>
      <MoreRows
        more={sessions.hasNextPage}
        isLoading={sessions.isFetchingNextPage}
        onMore={() => void sessions.fetchNextPage()}
      />
    </>
  );
}
