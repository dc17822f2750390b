import { readFileSync } from "node:fs";

/** Variables that hold a secret; `NAME_FILE` names a file that holds it instead. */
export const SECRETS = [
  "DATABASE_URL",
  "DATABASE_URL_POSTGRES",
  "DATABASE_READ_URL",
  "DATABASE_MIGRATION_URL",
  "ADMIN_BOOTSTRAP_KEY",
  "REDIS_URL",
  "AUDIT_ANCHOR_URL",
  "METRICS_TOKEN",
  "OIDC_CLIENT_SECRET",
  "OIDC_STATE_SECRET",
  "OTEL_EXPORTER_OTLP_HEADERS",
  "OTEL_EXPORTER_OTLP_TRACES_HEADERS",
] as const;

type Variables = Readonly<Record<string, string | undefined>>;

/**
 * Puts what the files hold in place of the variables that name them, without the end of the last line.
 * @param set no variable is empty
 * @returns the variables, and a line for each file that cannot be used; it holds nothing of what the file does
 */
export function withSecretFiles(set: Variables): { set: Variables; faults: string[] } {
  const faults: string[] = [];
  const read: Record<string, string> = {};
  for (const name of SECRETS) {
    const variable = `${name}_FILE`;
    const path = set[variable];
    if (path === undefined) continue;
    if (set[name] !== undefined) {
      faults.push(`${variable} must not be set together with ${name}`);
      continue;
    }
    try {
      const secret = readFileSync(path, "utf8").replace(/\r?\n$/, "");
      if (secret === "") faults.push(`${variable} must name a file that is not empty`);
      else read[name] = secret;
    } catch (error) {
      const { code = "unknown" } = error as NodeJS.ErrnoException;
      faults.push(`${variable} must name a file that the server can read (${code})`);
    }
  }
  return { set: { ...set, ...read }, faults };
}
