import { Trans, useLingui } from "@lingui/react/macro";
import { useMutation, useQuery } from "@tanstack/react-query";
import { queryClient, sf } from "../../app/client.ts";
import { FailureBanner, LoadFailure } from "../../app/failure.tsx";
import { SkeletonRows } from "../../kit/banner.tsx";
import { Button } from "../../kit/button.tsx";
import { Table, Td, Th } from "../../kit/table.tsx";
import { Time } from "../../kit/time.tsx";

const KEY = ["sessions"];

/** The sessions of the person, each of which can be ended from here. */
export function Devices() {
  const { t } = useLingui();
  const sessions = useQuery({
    queryKey: KEY,
    queryFn: async ({ signal }) => sf.session.list({}, { signal }),
  });
  const revoke = useMutation({
    mutationFn: async (id: string) => sf.session.revoke(id),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: KEY }),
  });
  if (sessions.data === undefined) {
    return sessions.isError ? (
      <LoadFailure error={sessions.error} retry={() => void sessions.refetch()} />
    ) : (
      <SkeletonRows label={t`Loading`} rows={3} />
    );
  }
  return (
    <>
      {revoke.isError ? (
        <FailureBanner error={revoke.error} onClose={() => revoke.reset()} />
      ) : null}
      <Table label={t`Where you’re signed in`}>
        <thead>
          <tr>
            <Th>{t`Device`}</Th>
            <Th>{t`Since`}</Th>
            <Th>{t`Ends`}</Th>
            <Th>
              <span className="sr-only">{t`Commands`}</span>
            </Th>
          </tr>
        </thead>
        <tbody>
          {sessions.data.items.map((session) => (
            <tr key={session.id}>
              <Td>
                {session.device}{" "}
                {session.current ? (
                  <span className="text-12 text-ink-3">
                    <Trans>this one</Trans>
                  </span>
                ) : null}
              </Td>
              <Td>
                <Time iso={session.createdAt} form="words" />
              </Td>
              <Td>
                <Time iso={session.expiresAt} form="clock" />
              </Td>
              <Td className="text-right">
                {session.current ? null : (
                  <Button
                    size="sm"
                    isPending={revoke.isPending && revoke.variables === session.id}
                    onPress={() => revoke.mutate(session.id)}
                  >
                    <Trans>End</Trans>
                  </Button>
                )}
              </Td>
            </tr>
          ))}
        </tbody>
      </Table>
    </>
  );
}
