import { createHmac } from "node:crypto";
import OpenAI from "openai";

const secret = `whsec_${btoa("a secret of 24 bytes or so")}`;
const file = (id) => ({ id, object: "file", bytes: 1, filename: "a.txt", purpose: "batch" });
const chunk = (n) => ({
  id: "1",
  object: "chat.completion.chunk",
  choices: [{ index: 0, delta: { content: String(n) } }],
});

export const answer = file("file-1");
export const open = (port) =>
  new OpenAI({ apiKey: "x", baseURL: `http://127.0.0.1:${port}/v1`, webhookSecret: secret });
export const read = (openai) => openai.files.retrieve("file-1");
export const write = (openai) => openai.batches.cancel("batch-1");
export const cancel = {
  by: "call",
  read: (openai, signal) => openai.files.retrieve("file-1", { signal }),
};
export const list = {
  pages: [
    { object: "list", data: [file("a"), file("b")], has_more: true },
    { object: "list", data: [file("c"), file("d")], has_more: false },
  ],
  of: "items",
  each: (openai) => openai.files.list(),
};
export const webhook = {
  payload: () => JSON.stringify({ id: "evt_1", object: "event", type: "batch.completed" }),
  sign: (payload, at) => {
    const timestamp = String(Math.floor(at.getTime() / 1_000));
    const signature = createHmac("sha256", Buffer.from(secret.slice(6), "base64"))
      .update(`wh_1.${timestamp}.${payload}`)
      .digest("base64");
    return {
      "webhook-id": "wh_1",
      "webhook-timestamp": timestamp,
      "webhook-signature": `v1,${signature}`,
    };
  },
  verify: (payload, headers) =>
    new OpenAI({ apiKey: "x", webhookSecret: secret }).webhooks.unwrap(payload, headers),
};
export const stream = {
  event: (n) => `data: ${JSON.stringify(chunk(n))}\n\n`,
  async *each(openai) {
    yield* await openai.chat.completions.create({
      model: "x",
      messages: [{ role: "user", content: "Count." }],
      stream: true,
    });
  },
};
