import { expect, it } from "vitest";
import { withDeadline } from "./deadline.ts";

/** Resolves in a turn of the event loop after the one in which it is due. */
const inNextTurn = () =>
  new Promise<string>((resolve) => setTimeout(() => setImmediate(() => resolve("read")), 1));

function keepBusy(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

it("reads what arrived while the program was busy, if it is given a moment", async () => {
  const late = withDeadline(inNextTurn, 1, undefined);
  const graced = withDeadline(inNextTurn, 1, undefined, 1, 1_000);
  keepBusy(20);
  await expect(late).rejects.toMatchObject({ code: "timeout" });
  expect(await graced).toBe("read");
  const dead = withDeadline(() => new Promise(() => {}), 1, undefined, 1, 5);
  await expect(dead).rejects.toMatchObject({ code: "timeout" });
});
