import { describe, expect, it } from "vitest";
import { ServiceFlow } from "./client.ts";

describe("transition", () => {
  const sent: unknown[] = [];
  const sf = new ServiceFlow({
    baseUrl: "http://sf.test",
    apiKey: "sf_key",
    fetch: (_url, init) => {
      sent.push(JSON.parse(String(init.body)));
      return Response.json({ result: { data: {} } });
    },
  });

  it("takes an id or a request", async () => {
    await sf.requests.transition("SF-1", { status: "DONE", reason: "Fixed." });
    await sf.requests.transition({ id: "SF-2", status: "NEW" }, { status: "IN_PROGRESS" });
    expect(sent).toEqual([
      { id: "SF-1", status: "DONE", reason: "Fixed." },
      { id: "SF-2", status: "IN_PROGRESS" },
    ]);
  });

  it("compiles only for moves that can follow", () => {
    const fresh = { id: "SF-1", status: "NEW" } as const;
    const done = { id: "SF-1", status: "DONE" } as const;
    const compiled = () => [
      sf.requests.transition(fresh, { status: "CANCELED", reason: "Filed twice." }),
      // @ts-expect-error NEW -> DONE
      sf.requests.transition(fresh, { status: "DONE" }),
      // @ts-expect-error DONE is final
      sf.requests.transition(done, { status: "IN_PROGRESS" }),
      // @ts-expect-error nothing leads back to NEW
      sf.requests.transition("SF-1", { status: "NEW" }),
      // @ts-expect-error cancelling needs a reason
      sf.requests.transition("SF-1", { status: "CANCELED" }),
      // @ts-expect-error only IN_PROGRESS takes an assignee
      sf.requests.transition("SF-1", { status: "DONE", assigneeId: "usr_1" }),
    ];
    expect(compiled).toBeTypeOf("function");
  });
});
