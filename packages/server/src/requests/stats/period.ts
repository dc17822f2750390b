import { LAST_UUID, NIL_UUID } from "../../db/ids.ts";
import { earliestUuid } from "../lists/times.ts";
import { blocksOf, DAY_GRAINS } from "./blocks.ts";

const DAY_MS = 86_400_000;
/** After every day that a UUIDv7 can hold. */
const END_OF_DAYS = 2 ** 22;

interface Period {
  createdFrom?: string | undefined;
  createdTo?: string | undefined;
}

/** A period as ranges of ids: all of it, its whole days, and the parts of days before and after them. */
export function periodOf({ createdFrom, createdTo }: Period) {
  const from = createdFrom === undefined ? 0 : Math.max(0, Date.parse(createdFrom));
  const to = createdTo === undefined ? null : Math.max(0, Date.parse(createdTo));
  const first = Math.ceil(from / DAY_MS);
  const last = to === null ? END_OF_DAYS : Math.floor(to / DAY_MS);
  const all = { periodFrom: idAt(from), periodTo: to === null ? LAST_UUID : idAt(to) };
  if (first >= last) {
    return {
      ...all,
      ...{ wholeFrom: NIL_UUID, wholeTo: NIL_UUID },
      ...arrays([]),
      ...{ cutFrom: [all.periodFrom], cutTo: [all.periodTo] },
    };
  }
  const whole = {
    wholeFrom: idAt(first * DAY_MS),
    wholeTo: to === null ? LAST_UUID : idAt(last * DAY_MS),
  };
  return {
    ...all,
    ...whole,
    ...arrays(blocksOf(first, last, DAY_GRAINS)),
    cutFrom: [all.periodFrom, whole.wholeTo],
    cutTo: [whole.wholeFrom, all.periodTo],
  };
}

function idAt(milliseconds: number): string {
  return milliseconds === 0 ? NIL_UUID : earliestUuid(new Date(milliseconds).toISOString());
}

function arrays(blocks: ReturnType<typeof blocksOf>) {
  return {
    grains: blocks.map(({ grain }) => grain),
    blocksFrom: blocks.map(({ from }) => from),
    blocksTo: blocks.map(({ to }) => to),
  };
}
