import { ServiceFlow } from "@serviceflow/sdk";
import { signWebhook, verifyWebhook } from "@serviceflow/sdk/webhooks";

const request = { id: "SF-1", title: "A chair for desk 12", status: "NEW", version: 1 };
const event = (n) => ({ id: `evt_${n}`, type: "request.created", cursor: `c${n}`, request });
const secret = `whsec_${btoa("a secret of 24 bytes or so")}`;

export const answer = { result: { data: request } };
export const open = (port) =>
  new ServiceFlow({ baseUrl: `http://127.0.0.1:${port}`, apiKey: "sf_x" });
export const read = (sf) => sf.requests.get("SF-1");
export const write = (sf) => sf.requests.create({ title: "A chair for desk 12" });
export const cancel = { by: "call", read: (sf, signal) => sf.requests.get("SF-1", { signal }) };
export const list = {
  pages: [
    { result: { data: { items: [request, request], nextCursor: "next" } } },
    { result: { data: { items: [request, request], nextCursor: null } } },
  ],
  of: "items",
  each: (sf) => sf.requests.list(),
};
export const webhook = {
  payload: () => JSON.stringify({ data: event(1) }),
  sign: (payload, at) => signWebhook(payload, secret, { sentAt: at }),
  verify: (payload, headers) => verifyWebhook({ headers, body: payload }, secret),
};
export const stream = {
  event: (n) => `id: c${n}\ndata: ${JSON.stringify(event(n))}\n\n`,
  each: (sf) => sf.events.subscribe({ after: "start" }),
};
