import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, it } from "vitest";
import { readConfig } from "../config.ts";
import { checkTracing } from "./doctor-tracing.ts";

const HEADERS = "OTEL_EXPORTER_OTLP_HEADERS";

/** What the doctor finds with a collector that answers so; null: it is away. */
async function findingOf(status: number | null) {
  const server = createServer((request, response) => {
    request.resume().on("end", () => response.writeHead(status ?? 200).end("hunter2"));
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  if (status === null) server.close();
  const environment = { OTEL_EXPORTER_OTLP_ENDPOINT: url, [HEADERS]: "authorization=hunter2" };
  const [check] = await checkTracing(readConfig(environment, false));
  server.close();
  const to = `to ${url} (http/protobuf, parentbased_always_on)`;
  expect(JSON.stringify(check)).not.toContain("hunter2");
  return { ...check, finding: check?.finding.replace(to, "") };
}

it("finds nothing to check where nothing is traced", async () => {
  expect(await checkTracing(readConfig({}, false))).toEqual([]);
});

it.each([
  [200, "ok", "", null],
  [401, "warn", ": the collector answers 401", HEADERS],
  [403, "warn", ": the collector answers 403", HEADERS],
  [404, "warn", ": the collector answers 404", "OTEL_EXPORTER_OTLP_ENDPOINT"],
  [302, "warn", ": the collector answers 302", "OTEL_EXPORTER_OTLP_ENDPOINT"],
  [null, "warn", ": the collector does not answer (ECONNREFUSED)", "Start it"],
])("finds of a collector that answers %s: %s", async (answer, status, finding, advice) => {
  const found = await findingOf(answer);
  expect(found).toMatchObject({ name: "tracing", status, finding });
  if (advice === null) expect(found.advice).toBeNull();
  else expect(found.advice).toContain(advice);
});
