import { rm } from "node:fs/promises";
import { join } from "node:path";
import { connectPostgres, readConfig, serveOn } from "@serviceflow/server";
import { beforeAll, describe, expect, it } from "vitest";
import { run } from "./harness/child-process.ts";
import { freshPostgres, testLog } from "./harness/databases.ts";
import { BOOTSTRAP_KEY } from "./harness/test-app.ts";

const CLIENTS = join(import.meta.dirname, "../clients");

describe("clients that are generated from the OpenAPI document", () => {
  beforeAll(async () => {
    const script = (name: string) => run("npm", ["run", "--silent", name], { cwd: CLIENTS });
    await rm(join(CLIENTS, "generated"), { recursive: true, force: true });
    await Promise.all([script("generate:openapi-fetch"), script("generate:hey-api")]);
    await script("compile").catch((error: { stdout: string }) => {
      throw new Error(`The generated clients do not compile:\n${error.stdout}`);
    });
  });

  it.each(["openapi-fetch", "hey-api"])(
    "%s compiles, and handles the life cycle of a request",
    async (client) => {
      const database = await freshPostgres();
      const environment = { PORT: "0", HOST: "127.0.0.1", ADMIN_BOOTSTRAP_KEY: BOOTSTRAP_KEY };
      const db = connectPostgres({
        url: database.url,
        poolSize: 5,
        preparedStatements: true,
        log: testLog,
      });
      const server = await serveOn(db, readConfig(environment, false), testLog);
      try {
        const program = join(CLIENTS, `generated/compiled/src/${client}-journey.js`);
        const { stdout } = await run(process.execPath, [program], {
          env: { SERVICEFLOW_URL: server.url, ADMIN_BOOTSTRAP_KEY: BOOTSTRAP_KEY },
        });
        expect(JSON.parse(stdout)).toEqual({
          isReplayed: true,
          statuses: ["NEW", "IN_PROGRESS", "DONE"],
          commentsSeenByEmployee: ["On my way"],
          history: [
            "request.transitioned",
            "request.transitioned",
            "comment.created",
            "comment.created",
            "request.created",
          ],
          listed: ["Request 5", "Request 4", "Request 3", "Request 2", "Printer jammed"],
          pages: 3,
          invalid: { status: 422, code: "validation_failed", pointers: ["/title"] },
          illegal: { status: 409, code: "illegal_transition", allowed: [] },
        });
      } finally {
        await server.close();
        await database.drop();
      }
    },
  );
});
