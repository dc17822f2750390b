import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";

/** A port that is free now: a worker that replaces the last one must find the same port again. */
export async function freePort(host: string): Promise<number> {
  const server = createServer().listen(0, host);
  try {
    await once(server, "listening");
    return (server.address() as AddressInfo).port;
  } finally {
    server.close();
  }
}
