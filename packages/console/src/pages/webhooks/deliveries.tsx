import { Trans, useLingui } from "@lingui/react/macro";
import { DELIVERY_STATUSES, type Delivery, type DeliveryStatus } from "@serviceflow/sdk";
import { Link } from "@tanstack/react-router";
import { ListFilter } from "lucide-react";
import { LoadFailure } from "../../app/failure.tsx";
import type { LongList } from "../../app/use-pages.ts";
import { Empty, SkeletonRows } from "../../kit/banner.tsx";
import { Button } from "../../kit/button.tsx";
import { Cell, Row, wideOnly } from "../../kit/cells.tsx";
import { Chip } from "../../kit/chip.tsx";
import { cx } from "../../kit/cx.ts";
import { Menu, MenuItem, MenuTrigger } from "../../kit/menu.tsx";
import { Th } from "../../kit/table.tsx";
import { Time } from "../../kit/time.tsx";
import { VirtualTable } from "../../kit/virtual-table.tsx";
import { RestOf, WorkRegion } from "../admin/work-region.tsx";
import { Attempts } from "./attempts.tsx";
import { DELIVERY_WORDS } from "./endpoint-words.ts";
import { ReplayFailed } from "./replay-failed.tsx";
import { useDeliveries } from "./use-deliveries.ts";

/** What was sent to an endpoint, with how each delivery went. */
export function Deliveries({
  hook,
  status,
  here,
  onStatus,
}: {
  hook: string;
  status: DeliveryStatus | undefined;
  here: string | undefined;
  onStatus: (status: DeliveryStatus | undefined) => void;
}) {
  const { t, i18n } = useLingui();
  const list = useDeliveries(hook, status);
  const { rows } = list;
  const menu = (
    <Menu
      aria-label={t`Status`}
      selectionMode="single"
      selectedKeys={status === undefined ? [] : [status]}
      onSelectionChange={(keys) => onStatus([...keys][0] as DeliveryStatus | undefined)}
    >
      {DELIVERY_STATUSES.map((one) => (
        <MenuItem key={one} id={one}>
          {i18n._(DELIVERY_WORDS[one])}
        </MenuItem>
      ))}
    </Menu>
  );
  return (
    <>
      <div className="flex min-h-10 shrink-0 flex-wrap items-center gap-2 border-b border-line px-4 py-1.5">
        <h2>
          <Trans>Deliveries</Trans>
        </h2>
        {status === undefined ? (
          <MenuTrigger>
            <Button kind="quiet" size="sm">
              <ListFilter aria-hidden="true" className="size-3.5" />
              <Trans>Status</Trans>
            </Button>
            {menu}
          </MenuTrigger>
        ) : (
          <Chip
            name={t`Status`}
            value={i18n._(DELIVERY_WORDS[status])}
            opens={(button) => (
              <MenuTrigger>
                {button}
                {menu}
              </MenuTrigger>
            )}
            removeLabel={t`Show all deliveries`}
            onRemove={() => onStatus(undefined)}
          />
        )}
        {status === "FAILED" && rows !== undefined && rows.length > 0 ? (
          <ReplayFailed hook={hook} deliveries={rows} />
        ) : null}
      </div>
      <WorkRegion label={t`Deliveries`}>
        {rows === undefined ? (
          list.error === null ? (
            <SkeletonRows label={t`Loading deliveries`} />
          ) : (
            <LoadFailure error={list.error} retry={list.retry} />
          )
        ) : list.count === 0 ? (
          status === undefined ? (
            <Empty title={t`Nothing was sent yet.`}>
              <Trans>Send a test to see whether the endpoint answers.</Trans>
            </Empty>
          ) : (
            <Empty
              title={t`No deliveries with this status.`}
              acts={<Button onPress={() => onStatus(undefined)}>{t`Show all deliveries`}</Button>}
            />
          )
        ) : (
          <>
            <DeliveriesTable
              key={`${hook} ${status}`}
              hook={hook}
              status={status}
              list={list}
              here={here}
            />
            <RestOf list={list} />
          </>
        )}
      </WorkRegion>
    </>
  );
}

function DeliveriesTable({
  hook,
  status,
  list,
  here,
}: {
  hook: string;
  status: DeliveryStatus | undefined;
  list: LongList<Delivery>;
  here: string | undefined;
}) {
  const { t } = useLingui();
  return (
    <VirtualTable
      label={t`Deliveries`}
      rows={list.rows ?? []}
      start={list.start}
      count={list.count}
      more={list.more}
      idOf={({ id }) => id}
      onShow={list.show}
      head={
        <>
          <Th className="w-30 pr-1! pl-4!">{t`Time`}</Th>
          <Th className="tablet:w-40 tablet:pr-1!">{t`Event`}</Th>
          <Th className={cx(wideOnly, "w-20 pr-1!")}>{t`Request`}</Th>
          <Th className={wideOnly}>{t`Attempts`}</Th>
        </>
      }
    >
      {(delivery, row) => (
        <Row {...row} isHere={delivery.id === here} className="relative">
          <Cell className="pr-1! pl-4! text-12 text-ink-3">
            <Time iso={delivery.createdAt} form="clock" />
          </Cell>
          <Cell className="tablet:pr-1!">
            <Link
              to="/webhooks"
              search={{
                hook,
                ...(status === undefined ? {} : { status }),
                delivery: delivery.id,
              }}
              aria-current={delivery.id === here ? "true" : undefined}
              title={delivery.eventType}
              className="block truncate font-mono text-12 after:absolute after:inset-0"
            >
              {delivery.eventType}
            </Link>
            <span className="block tablet:hidden">
              <Attempts delivery={delivery} />
            </span>
          </Cell>
          <Cell className={cx(wideOnly, "pr-1! font-medium")}>{delivery.serviceRequestId}</Cell>
          <Cell className={wideOnly}>
            <Attempts delivery={delivery} />
          </Cell>
        </Row>
      )}
    </VirtualTable>
  );
}
