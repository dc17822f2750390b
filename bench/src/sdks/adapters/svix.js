import { Svix, Webhook } from "svix";

const secret = `whsec_${btoa("a secret of 24 bytes or so")}`;

export const answer = {
  id: "app_1",
  name: "Desk",
  createdAt: "2026-01-01T00:00:00Z",
  updatedAt: "2026-01-01T00:00:00Z",
  metadata: {},
};
export const open = (port) => new Svix("x", { serverUrl: `http://127.0.0.1:${port}` });
export const read = (svix) => svix.application.get("app_1");
export const write = (svix) => svix.application.create({ name: "Desk" });
export const webhook = {
  payload: () => JSON.stringify({ type: "invoice.paid" }),
  sign: (payload, at) => ({
    "svix-id": "msg_1",
    "svix-timestamp": String(Math.floor(at.getTime() / 1_000)),
    "svix-signature": new Webhook(secret).sign("msg_1", at, payload),
  }),
  verify: (payload, headers) => new Webhook(secret).verify(payload, headers),
};
