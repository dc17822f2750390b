import { REQUEST_ACTIONS, type ServiceRequest } from "@serviceflow/domain";
import { describe, expect, it } from "vitest";
import { ServiceFlow } from "../client.ts";
import type { CommandStatuses } from "./request-commands.ts";

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

  it("accepts an id or a request", async () => {
    await sf.requests.transition("SF-1", { status: "DONE", reason: "Fixed." });
    await sf.requests.transition({ id: "SF-2", status: "NEW" }, { status: "IN_PROGRESS" });
    expect(sent).toEqual([
      { id: "SF-1", status: "DONE", reason: "Fixed." },
      { id: "SF-2", status: "IN_PROGRESS" },
    ]);
  });

  it("compiles only for legal transitions", () => {
    const fresh = { id: "SF-1", status: "NEW" } as const;
    const done = { id: "SF-1", status: "DONE" } as const;
    const compiled = () => [
      sf.requests.transition(fresh, { status: "CANCELED", reason: "Filed twice." }),
      // @ts-expect-error NEW -> DONE
      sf.requests.transition(fresh, { status: "DONE" }),
      // @ts-expect-error DONE is final
      sf.requests.transition(done, { status: "IN_PROGRESS" }),
      // @ts-expect-error there is no transition to NEW
      sf.requests.transition("SF-1", { status: "NEW" }),
      // @ts-expect-error cancelling needs a reason
      sf.requests.transition("SF-1", { status: "CANCELED" }),
      // @ts-expect-error only IN_PROGRESS takes an assignee
      sf.requests.transition("SF-1", { status: "DONE", assigneeId: "usr_1" }),
    ];
    expect(compiled).toBeTypeOf("function");
  });
});

describe("commands on a request", () => {
  const sent: { body: unknown; version: string | null }[] = [];
  const sf = new ServiceFlow({
    baseUrl: "http://sf.test",
    apiKey: "sf_key",
    fetch: (_url, { body, headers }) => {
      sent.push({ body: JSON.parse(String(body)), version: new Headers(headers).get("if-match") });
      return Response.json({ result: { data: {} } });
    },
  });
  const request = { id: "SF-1", status: "NEW", version: 7 } as const;

  it.each<[string, () => Promise<unknown>, object]>([
    ["update", () => sf.requests.update(request, { title: "A" }, UNCHANGED), { title: "A" }],
    [
      "correctRequester",
      () => sf.requests.correctRequester(request, { requesterId: "usr_1" }, UNCHANGED),
      { requesterId: "usr_1" },
    ],
    ["claim", () => sf.requests.claim(request, UNCHANGED), {}],
    ["release", () => sf.requests.release(request, UNCHANGED), {}],
    [
      "assign",
      () => sf.requests.assign(request, { assigneeId: "usr_1" }, UNCHANGED),
      { assigneeId: "usr_1" },
    ],
    ["start", () => sf.requests.start(request, {}, UNCHANGED), { status: "IN_PROGRESS" }],
    [
      "finish",
      () => sf.requests.finish({ ...request, status: "IN_PROGRESS" }, { reason: "R" }, UNCHANGED),
      { status: "DONE", reason: "R" },
    ],
    [
      "cancel",
      () => sf.requests.cancel(request, { reason: "R" }, UNCHANGED),
      { status: "CANCELED", reason: "R" },
    ],
    [
      "transition",
      () => sf.requests.transition(request, { status: "IN_PROGRESS" }, UNCHANGED),
      { status: "IN_PROGRESS" },
    ],
  ])("%s sends its version when asked", async (_name, command, input) => {
    await command();
    expect(sent.at(-1)).toEqual({ body: { ...input, id: "SF-1" }, version: '"7"' });
  });

  it("send no version unless asked, and rather the one that is given", async () => {
    await sf.requests.claim(request);
    await sf.requests.claim(request, { ifUnchanged: false });
    await sf.requests.claim(request, { ...UNCHANGED, ifVersion: 6 });
    await sf.requests.claim(request, { ...UNCHANGED, ifVersion: undefined });
    expect(sent.slice(-4).map(({ version }) => version)).toEqual([null, null, '"6"', '"7"']);
  });

  it.each(["SF-1", { id: "SF-1", status: "NEW" as const }])("need a version: %j", (given) => {
    expect(() => sf.requests.claim(given, UNCHANGED)).toThrow(/pass the request, not its id/);
  });

  it("take the reason to cancel alone, too", async () => {
    await sf.requests.cancel("SF-1", "Filed twice.");
    const body = { id: "SF-1", status: "CANCELED", reason: "Filed twice." };
    expect(sent.at(-1)).toEqual({ body, version: null });
  });
});

const UNCHANGED = { ifUnchanged: true };

describe("commands", () => {
  const sf = new ServiceFlow({
    baseUrl: "http://sf.test",
    apiKey: "sf_key",
    fetch: () => Response.json({ result: { data: {} } }),
  });

  it("compile only if a known status allows them", () => {
    const compiled = async (request: ServiceRequest) => {
      // The status is unknown.
      await sf.requests.start(request);
      await sf.requests.claim(request.id);
      switch (request.status) {
        case "NEW":
          await sf.requests.claim(request);
          await sf.requests.release(request);
          await sf.requests.start(request);
          await sf.requests.cancel(request, { reason: "Filed twice." });
          // @ts-expect-error cancelling needs a reason
          await sf.requests.cancel(request, {});
          // @ts-expect-error NEW -> DONE
          await sf.requests.finish(request);
          expectNull(request.startedAt);
          break;
        case "IN_PROGRESS":
          await sf.requests.finish(request);
          await sf.requests.update(request, { priority: "LOW" });
          await sf.requests.assign(request, { assigneeId: "usr_1", reason: "On leave." });
          await sf.requests.claim(request);
          // @ts-expect-error already IN_PROGRESS
          await sf.requests.start(request);
          // @ts-expect-error IN_PROGRESS requires an assignee
          await sf.requests.release(request);
          break;
        default:
          expectText(request.closedAt);
          // @ts-expect-error DONE and CANCELED are final
          await sf.requests.cancel(request, "Too late.");
          // @ts-expect-error final requests cannot be updated
          await sf.requests.update(request, { title: "Too late" });
          // @ts-expect-error or assigned
          await sf.requests.assign(request, { assigneeId: "usr_1" });
      }
    };
    expect(compiled).toBeTypeOf("function");
  });

  it("exist for every action but comments, which are a resource", () => {
    const commands: Record<keyof CommandStatuses, unknown> = sf.requests;
    for (const action of REQUEST_ACTIONS.filter((one) => !one.startsWith("comment"))) {
      expect(commands).toHaveProperty(action, expect.any(Function));
    }
  });

  it("return the request narrowed to its new status", () => {
    const compiled = async () => {
      const filed = await sf.requests.create({ title: "A chair" });
      // @ts-expect-error it is NEW
      await sf.requests.finish(filed);
      const started = await sf.requests.start(filed);
      expectText(started.assignee.fullName);
      const done = await sf.requests.finish(started);
      expectText(done.closedAt);
      // @ts-expect-error it is DONE
      await sf.requests.cancel(done, "Too late.");
    };
    expect(compiled).toBeTypeOf("function");
  });
});

function expectText(value: string): void {
  expect(value).toBeTypeOf("string");
}

function expectNull(value: null): void {
  expect(value).toBeNull();
}
