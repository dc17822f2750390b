import { createHmac } from "node:crypto";
import { LinearClient } from "@linear/sdk";
import { LinearWebhookClient } from "@linear/sdk/webhooks";

const secret = "x";
const user = { id: "1", name: "Ada", displayName: "ada", active: true };
const options = (port) => ({ apiKey: "x", apiUrl: `http://127.0.0.1:${port}/graphql` });

export const answer = { data: { viewer: user } };
export const open = (port) => Object.assign(new LinearClient(options(port)), { port });
export const read = (linear) => linear.viewer;
export const write = (linear) => linear.createComment({ issueId: "1", body: "On my way." });
export const cancel = {
  by: "client",
  read: (linear, signal) => new LinearClient({ ...options(linear.port), signal }).viewer,
};
export const webhook = {
  payload: (at) => JSON.stringify({ action: "create", webhookTimestamp: at.getTime() }),
  sign: (payload) => ({
    "linear-signature": createHmac("sha256", secret).update(payload).digest("hex"),
  }),
  verify(payload, headers) {
    const { webhookTimestamp } = JSON.parse(payload);
    const client = new LinearWebhookClient(secret);
    const body = Buffer.from(payload);
    if (!client.verify(body, headers["linear-signature"], webhookTimestamp)) {
      throw new Error("The signature does not match.");
    }
  },
};
