import { execFileSync } from "node:child_process";
import { chmod, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, expect, it } from "vitest";
import { run, temporaryFolder } from "./harness/child-process.ts";
import { documentScript } from "./harness/document-script.ts";
import { COMPILE_CACHE, FROM_SOURCE } from "./harness/from-source.ts";
import { freePort, type LocalPostgres, startLocalPostgres } from "./harness/local-postgres.ts";
import { LONG, ONLY_LONG } from "./harness/long-run.ts";
import { machinePostgres } from "./harness/machine-postgres.ts";

const MAIN = fileURLToPath(new URL("../../packages/server/src/main.ts", import.meta.url));
const HOST = "desk.example.com";

let postgres: LocalPostgres | null = null;
afterAll(() => postgres?.stop());

/** What the machine of the document has and this one has not, or not for a test: systemd, a certificate, ports below 1024. */
const MACHINE = `
trap 'kill $(jobs -p) 2> /dev/null' EXIT
mkdir -p "$ROOT/etc/nginx" "$ROOT/etc/ssl" "$ROOT/credentials" "$ROOT/nginx"
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=${HOST} \\
  -addext subjectAltName=DNS:${HOST} -keyout "$ROOT/etc/ssl/serviceflow.key" -out "$ROOT/etc/ssl/serviceflow.crt" 2> /dev/null
cat > "$ROOT/etc/nginx/nginx.conf" <<FILE
daemon off;
pid $ROOT/nginx/pid;
error_log stderr;
events {}
http {
  access_log off;
  client_body_temp_path $ROOT/nginx/body;
  proxy_temp_path $ROOT/nginx/proxy;
  include $ROOT/etc/nginx/conf.d/*.conf;
}
FILE
curl() {
  command curl --cacert "$ROOT/etc/ssl/serviceflow.crt" --resolve "${HOST}:$HTTPS_PORT:127.0.0.1" "$@"
}
nginx() {
  command nginx -c "$ROOT/etc/nginx/nginx.conf" "$@"
}
systemctl() {
  local unit="$ROOT/etc/systemd/system/serviceflow.service"
  case "$*" in
    daemon-reload) ;;
    "enable --now serviceflow")
      sed -n 's/^LoadCredential=//p' "$unit" | while IFS=: read -r name path; do
        cp "$path" "$ROOT/credentials/$name"
      done
      local settings command
      settings="$(sed -n 's/^Environment=//p' "$unit" | tr '\\n' ' ')"
      command="$(sed -n 's/^ExecStart=//p' "$unit")"
      env -i PATH="$PATH" NODE_COMPILE_CACHE="$NODE_COMPILE_CACHE" \${settings//%d/$ROOT/credentials} $command > "$ROOT/server.log" 2>&1 &
      ;;
    "reload nginx")
      command nginx -c "$ROOT/etc/nginx/nginx.conf" 2> "$ROOT/nginx.log" &
      curl --silent --output /dev/null --retry 30 --retry-delay 1 --retry-all-errors "https://${HOST}:$HTTPS_PORT"
      ;;
    *) return 1 ;;
  esac
}
`;

it("a stranger gets from an empty machine to a verified restore with the documents alone", async ({
  skip,
  annotate,
}) => {
  skip(!LONG, ONLY_LONG);
  try {
    execFileSync("nginx", ["-v"], { stdio: "ignore" });
  } catch (cause) {
    throw new Error("Install nginx: the installation is tested with it.", { cause });
  }
  const began = performance.now();
  postgres = await startLocalPostgres({}, { programs: machinePostgres as string });
  const root = await temporaryFolder("installation");
  const [port, httpsPort] = await Promise.all([freePort(), freePort()]);
  const command = join(root, "bin", "serviceflow");
  await mkdir(join(root, "bin"));
  const quoted = [process.execPath, ...FROM_SOURCE, MAIN].map((part) => `'${part}'`).join(" ");
  await writeFile(command, `#!/bin/sh\nexec ${quoted} "$@"\n`);
  await chmod(command, 0o755);
  const replaced = [
    [
      "/usr/bin/node --max-semi-space-size=16 /opt/serviceflow/packages/server/dist/main.js",
      command,
    ],
    ["/etc/", `${root}/etc/`],
    ["/var/", `${root}/var/`],
    ["127.0.0.1:5432", new URL(postgres.url).host],
    ["127.0.0.1:8000", `127.0.0.1:${port}`],
    ["PORT=8000", `PORT=${port}`],
    ["listen 443 ssl", `listen 127.0.0.1:${httpsPort} ssl`],
    [`https://${HOST}`, `https://${HOST}:${httpsPort}`],
  ] as const;
  const documents = ["installation", "data", "recovery"].map((name) =>
    documentScript(`docs/operations/${name}.md`, replaced),
  );
  const script = (await Promise.all(documents)).join(
    '\nexport DATABASE_URL_FILE="$ROOT/etc/serviceflow/database-url"\n',
  );
  const { stdout } = await run("bash", ["-euo", "pipefail", "-c", MACHINE + script], {
    cwd: root,
    env: {
      PATH: `${root}/bin:${machinePostgres}:${process.env.PATH}:/usr/sbin`,
      ...COMPILE_CACHE,
      ROOT: root,
      HTTPS_PORT: String(httpsPort),
      SUPERUSER: postgres.url,
    },
  });
  expect(stdout).toMatch(/^ok +role +neither superuser nor owner of the log/m);
  expect(stdout).toMatch(/^ok +privileges /m);
  expect(stdout).not.toMatch(/^fail /m);
  expect(stdout).toMatch(/"title":"A first request"/);
  const [, restored = ""] = stdout.split("no migration was missing");
  expect(restored, stdout).toMatch(/valid/);
  for (const file of ["person.json", "requests.csv", "caused.json", "about.json"]) {
    expect(await readFile(join(root, file), "utf8"), file).toMatch(
      /admin@example\.com|First Admin/,
    );
  }
  expect(stdout).toMatch(/After the loss/);
  const log = await readFile(join(root, "server.log"), "utf8");
  expect(log).toMatch(
    /"msg":"call".*"client":"127\.0\.0\.1"|"client":"127\.0\.0\.1".*"msg":"call"/,
  );
  await annotate(`${Math.round((performance.now() - began) / 1000)} s`);
});
