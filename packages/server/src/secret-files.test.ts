import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { InvalidConfig, readConfig } from "./config.ts";
import { SECRETS } from "./secret-files.ts";

const folder = mkdtempSync(join(tmpdir(), "secrets-"));
afterAll(() => rmSync(folder, { recursive: true }));

function fileWith(content: string): string {
  const path = join(folder, `secret-${Math.random()}`);
  writeFileSync(path, content, { mode: 0o400 });
  return path;
}

function faultsOf(environment: Record<string, string>): readonly string[] {
  try {
    readConfig(environment, false);
  } catch (error) {
    if (error instanceof InvalidConfig) return error.faults;
    throw error;
  }
  return [];
}

const URL = "postgres://ada:hunter2@db:5432/serviceflow";
const VALUES: Record<(typeof SECRETS)[number], string> = {
  DATABASE_URL: URL,
  DATABASE_URL_POSTGRES: URL,
  DATABASE_READ_URL: "postgres://ada:hunter2@replica/serviceflow",
  DATABASE_MIGRATION_URL: "postgres://owner:hunter2@db/serviceflow",
  ADMIN_BOOTSTRAP_KEY: "hunter2".repeat(8),
  REDIS_URL: "rediss://:hunter2@cache/1",
  AUDIT_ANCHOR_URL: "https://anchors.example/?key=hunter2",
  METRICS_TOKEN: "hunter2hunter2hunter2",
  OIDC_CLIENT_SECRET: "hunter2hunter2",
  OIDC_STATE_SECRET: "hunter2".repeat(5),
  OTEL_EXPORTER_OTLP_HEADERS: "authorization=Bearer%20hunter2",
  OTEL_EXPORTER_OTLP_TRACES_HEADERS: "x-token=hunter2",
};

describe("a secret in a file", () => {
  it.each(SECRETS)("is read as if the variable held it: %s", (name) => {
    const base = {
      ...(name === "DATABASE_URL_POSTGRES" ? {} : { DATABASE_URL_POSTGRES: URL }),
      OTEL_EXPORTER_OTLP_ENDPOINT: "http://collector:4318",
      PUBLIC_URL: "https://desk.example.com",
      OIDC_ISSUER: "https://id.example.com",
      OIDC_CLIENT_ID: "desk",
      ...(name === "OIDC_CLIENT_SECRET" ? {} : { OIDC_CLIENT_SECRET: "other" }),
    };
    const expected = readConfig({ ...base, [name]: VALUES[name] }, false);
    for (const end of ["", "\n", "\r\n"]) {
      const path = fileWith(`${VALUES[name]}${end}`);
      expect(readConfig({ ...base, [`${name}_FILE`]: path }, false)).toEqual(expected);
    }
  });

  it("takes part in the rules about several variables", () => {
    const production = { NODE_ENV: "production", DATABASE_URL_FILE: fileWith(URL) };
    expect(readConfig(production, false)).toMatchObject({
      databaseUrl: URL,
      ignoredDatabaseUrls: [],
    });
    expect(readConfig({ DATABASE_URL_FILE: "" }, false).databaseUrl).toBeNull();
  });

  it("is refused where the variable is set as well, is empty, or cannot be read", () => {
    const environment = {
      DATABASE_URL: URL,
      DATABASE_URL_FILE: fileWith(URL),
      DATABASE_READ_URL_FILE: folder,
      REDIS_URL_FILE: join(folder, "hunter2"),
      METRICS_TOKEN_FILE: fileWith("\n"),
    };
    expect(faultsOf(environment)).toEqual([
      "DATABASE_URL_FILE must not be set together with DATABASE_URL",
      "DATABASE_READ_URL_FILE must name a file that the server can read (EISDIR)",
      "REDIS_URL_FILE must name a file that the server can read (ENOENT)",
      "METRICS_TOKEN_FILE must name a file that is not empty",
    ]);
  });

  it("is judged like the variable, and shown no more, with all other faults", () => {
    const faults = faultsOf({
      PORT: "hunter2",
      ADMIN_BOOTSTRAP_KEY_FILE: fileWith("hunter2"),
      DATABASE_URL_FILE: fileWith("mysql://ada:hunter2@db/app"),
      REDIS_URL_FILE: join(folder, "none"),
    });
    expect(faults.map((fault) => fault.split(" ")[0])).toEqual([
      "REDIS_URL_FILE",
      "PORT",
      "DATABASE_URL",
      "ADMIN_BOOTSTRAP_KEY",
    ]);
    expect(faults.join()).not.toContain("hunter2");
  });
});
