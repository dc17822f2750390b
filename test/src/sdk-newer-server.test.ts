import {
  allowedActions,
  can,
  explain,
  ServiceFlow,
  ServiceFlowError,
  TRANSITIONS,
} from "@serviceflow/sdk";
import { createHandler, signWebhook } from "@serviceflow/sdk/webhooks";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openTestApp, type TestApp } from "./harness/test-app.ts";

/** Values of a newer server that replace those of this one. */
const REPLACEMENTS: readonly [RegExp, string][] = [
  [/"status":"NEW"/g, '"status":"ON_HOLD","heldUntil":"2030-01-01","holder":{"id":"x"}'],
  [/"request\.created"/g, '"request.teleported"'],
  [/"role":"AGENT"/g, '"role":"AUDITOR"'],
  [/"allowedActions":\[/g, '"allowedActions":["teleport",'],
  [/"code":"not_found"/g, '"code":"moon_phase","moons":[1,2]'],
  [/"priority":"NORMAL"/g, '"priority":"WHENEVER"'],
  [/"type":"request","id"/g, '"type":"spaceship","id"'],
];

function asNewerServer(text: string): string {
  return REPLACEMENTS.reduce((changed, [from, to]) => changed.replaceAll(from, to), text);
}

describe("an SDK older than its server", () => {
  let app: TestApp;
  let sf: ServiceFlow;
  let id: string;
  beforeAll(async () => {
    app = await openTestApp("embedded");
    const fetch = async (input: string, init: RequestInit) => {
      const response = await app.fetch(input, init);
      const { status, headers } = response;
      if (headers.get("content-type") !== "text/event-stream") {
        return new Response(asNewerServer(await response.text()), { status, headers });
      }
      const replace = new TransformStream<string, string>({
        transform: (chunk, controller) => controller.enqueue(asNewerServer(chunk)),
      });
      const body = response.body
        ?.pipeThrough(new TextDecoderStream())
        .pipeThrough(replace)
        .pipeThrough(new TextEncoderStream());
      return new Response(body, { status, headers });
    };
    sf = new ServiceFlow({ baseUrl: "http://test", apiKey: app.agent.key, fetch });
    id = (await sf.requests.create({ title: "From tomorrow" })).id;
  });
  afterAll(() => app.close());

  it("returns unknown statuses, roles and fields, and allows no action for them", async () => {
    const [request, me] = [await sf.requests.get(id), await sf.users.me()];
    expect(request).toMatchObject({ status: "ON_HOLD", heldUntil: "2030-01-01" });
    expect(me.role).toBe("AUDITOR");
    expect(request.allowedActions).toContain("teleport");
    for (const action of [...request.allowedActions, "claim", "finish"] as const) {
      expect(can(action, request, me)).toBe(false);
      expect(explain(action, request, me)?.detail).not.toContain("undefined");
      expect(can(action, request, { ...me, role: "AGENT" })).toBeTypeOf("boolean");
      expect(explain(action, request, { ...me, role: "ADMIN" })?.detail ?? "").not.toContain(
        "undefined",
      );
    }
    expect(allowedActions(request, me)).toEqual([]);
    expect(TRANSITIONS[request.status]).toBeUndefined();
  });

  it("lists requests with unknown values", async () => {
    const { items } = await sf.requests.list();
    expect(items).toMatchObject([{ id, status: "ON_HOLD", priority: "WHENEVER" }]);
    const history = await Array.fromAsync(sf.requests.history(id));
    expect(history).toMatchObject([{ action: "request.teleported" }]);
  });

  it("yields events of unknown types", async () => {
    const listed = await Array.fromAsync(sf.events.list());
    expect(listed.map(({ type }) => type)).toContain("request.teleported");
    for await (const event of sf.events.subscribe({ after: "start" })) {
      if (event.subject.id !== id) continue;
      expect(event).toMatchObject({ type: "request.teleported", subject: { type: "spaceship" } });
      break;
    }
  });

  it("receives events of unknown types by webhook", async () => {
    const secret = `whsec_${btoa("a secret of a test")}`;
    const body = JSON.stringify({ data: { id: "evt_1", type: "request.teleported" }, more: 1 });
    const types: string[] = [];
    const handle = createHandler({ secret, onOther: ({ type }) => types.push(type) });
    const headers = await signWebhook(body, secret);
    const response = await handle(new Request("http://x/", { method: "POST", headers, body }));
    expect([response.status, types]).toEqual([204, ["request.teleported"]]);
  });

  it("throws errors with unknown codes", async () => {
    const error = await sf.requests.get("SF-999999").catch((thrown: unknown) => thrown);
    expect(ServiceFlowError.is(error)).toBe(true);
    expect(error).toMatchObject({ code: "moon_phase", status: 404, problem: { moons: [1, 2] } });
  });
});
