import { createHmac } from "node:crypto";
import { Octokit } from "octokit";

const secret = "x";
const issues = (from) => [{ number: from }, { number: from + 1 }];
const repository = { owner: "ada", repo: "desk" };

export const answer = { id: 1, login: "ada", type: "User" };
/** GitHub answers with 403 or 429, and this text. */
export const limited = {
  status: 403,
  body: { message: "You have exceeded a secondary rate limit." },
};
const quiet = { debug() {}, info() {}, warn() {}, error() {} };
export const open = (port) =>
  new Octokit({ auth: "x", baseUrl: `http://127.0.0.1:${port}`, log: quiet });
export const read = (octokit) => octokit.rest.users.getByUsername({ username: "ada" });
export const write = (octokit) => octokit.rest.issues.create({ ...repository, title: "A chair" });
export const cancel = {
  by: "call",
  read: (octokit, signal) =>
    octokit.rest.users.getByUsername({ username: "ada", request: { signal } }),
};
export const list = {
  pages: [issues(1), issues(3)],
  /** GitHub names the next page in a header. */
  link: (port) => `<http://127.0.0.1:${port}/repos/ada/desk/issues?page=2>; rel="next"`,
  of: "pages",
  async *each(octokit) {
    const pages = octokit.paginate.iterator(octokit.rest.issues.listForRepo, repository);
    for await (const { data } of pages) yield* data;
  },
};
export const webhook = {
  payload: () => JSON.stringify({ action: "opened" }),
  sign: (payload) => ({
    "x-hub-signature-256": `sha256=${createHmac("sha256", secret).update(payload).digest("hex")}`,
  }),
  async verify(payload, headers) {
    const { Webhooks } = await import("@octokit/webhooks");
    const isGenuine = await new Webhooks({ secret }).verify(
      payload,
      headers["x-hub-signature-256"],
    );
    if (!isGenuine) throw new Error("The signature does not match.");
  },
};
