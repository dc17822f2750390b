/** Answers every call at once, on one port for each body. Writes its ports to the parent. */
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

const bodies = JSON.parse(process.argv[2] ?? "{}") as Record<string, string>;
const ports: Record<string, number> = {};
for (const [name, body] of Object.entries(bodies)) {
  const headers = {
    "content-type": "application/json",
    "content-length": String(Buffer.byteLength(body)),
  };
  const server = createServer((request, response) => {
    request.resume();
    response.writeHead(200, headers).end(body);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  ports[name] = (server.address() as AddressInfo).port;
}
process.send?.(ports);
