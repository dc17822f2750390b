import { once } from "node:events";
import http from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { WebhookClient } from "./send.ts";

describe("a message over a connection that is reused", () => {
  let server: http.Server;
  let url: string;
  let answer: (response: http.ServerResponse, socket: Socket) => void;
  let received: number[] = [];
  const client = new WebhookClient(
    { allowHttp: true, allowedNetworks: ["127.0.0.0/8"] },
    { timeoutMs: 5_000, keptConnections: 1 },
  );

  beforeAll(async () => {
    server = http.createServer((request, response) => {
      request.resume().on("end", () => {
        received.push(request.socket.remotePort ?? 0);
        answer(response, request.socket);
      });
    });
    await once(server.listen(0, "127.0.0.1"), "listening");
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  });
  afterAll(async () => {
    client.close();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  const post = () => client.post({ url, body: "{}", headers: {} }, new AbortController().signal);
  const first = async () => {
    received = [];
    answer = (response) => response.writeHead(204).end();
    expect(await post()).toMatchObject({ responseStatus: 204 });
  };

  it("is sent once when the receiver resets it after its answer began", async () => {
    await first();
    answer = (response, socket) => {
      response.writeHead(200, { "content-length": 100 }).write("beginning", () => {
        setImmediate(() => socket.resetAndDestroy());
      });
    };
    expect(await post()).toMatchObject({ responseStatus: 200, error: null });
    expect(received[1]).toBe(received[0]);
    answer = (response) => response.writeHead(204).end();
    expect(await post()).toMatchObject({ responseStatus: 204 });
    expect(received).toHaveLength(3);
  });

  it("is sent again over another one when the receiver resets it without an answer", async () => {
    await first();
    let resets = 0;
    answer = (response, socket) => {
      if (resets > 0) return response.writeHead(204).end();
      resets += 1;
      socket.resetAndDestroy();
    };
    expect(await post()).toMatchObject({ responseStatus: 204 });
    expect(received[1]).toBe(received[0]);
    expect(received[2]).not.toBe(received[0]);
    expect(received).toHaveLength(3);
  });

  it("fails with ECONNRESET when a new connection is reset as well", async () => {
    await first();
    answer = (_, socket) => socket.resetAndDestroy();
    expect(await post()).toMatchObject({ responseStatus: null, error: "ECONNRESET" });
    expect(received).toHaveLength(3);
  });
});
