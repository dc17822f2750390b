import type { IncomingMessage } from "node:http";
import { describe, expect, it } from "vitest";
import { areProxies, networkOf, peerReader } from "./client-address.ts";

function call(remoteAddress: string, headers: Record<string, string> = {}, encrypted = false) {
  return { socket: { remoteAddress, encrypted }, headers } as unknown as IncomingMessage;
}

const FORGED = { "x-forwarded-for": "198.51.100.9", "x-forwarded-proto": "https" };

describe("the address of a client", () => {
  it.each([
    ["the socket's", [], call("203.0.113.5"), "203.0.113.5", false],
    ["the socket's, as IPv4", [], call("::ffff:203.0.113.5"), "203.0.113.5", false],
    ["the socket's, over TLS", [], call("203.0.113.5", {}, true), "203.0.113.5", true],
    ["the socket's, when nobody is trusted", [], call("127.0.0.1", FORGED), "127.0.0.1", false],
    [
      "the socket's, when that is not a proxy",
      ["10.0.0.0/8"],
      call("203.0.113.5", FORGED),
      "203.0.113.5",
      false,
    ],
    ["what a proxy says", ["loopback"], call("127.0.0.1", FORGED), "198.51.100.9", true],
    [
      "the last that no proxy is",
      ["loopback", "10.0.0.0/8"],
      call("::1", { "x-forwarded-for": "1.2.3.4, 198.51.100.9, 10.1.1.1" }),
      "198.51.100.9",
      false,
    ],
    [
      "the proxy's address, when the header holds anything else",
      ["loopback"],
      call("127.0.0.1", { "x-forwarded-for": "<script>" }),
      "127.0.0.1",
      false,
    ],
    ["the proxy's, when it says nothing", ["loopback"], call("127.0.0.1"), "127.0.0.1", false],
  ])("is %s", (_, proxies, incoming, address, secure) => {
    expect(peerReader(proxies)(incoming)).toEqual({ address, secure });
  });

  it("is none without a socket", () => {
    expect(peerReader([])(undefined)).toEqual({ address: null, secure: false });
    expect(peerReader(["loopback"])(undefined)).toEqual({ address: null, secure: false });
  });

  it.each([
    [["10.0.0.0/8", "::1", "uniquelocal"], true],
    [[], true],
    [["everybody"], false],
    [["10.0.0.0/40"], false],
  ])("trusts %j: can be read: %s", (list, readable) => expect(areProxies(list)).toBe(readable));

  it.each([
    ["203.0.113.5", "203.0.113.5"],
    ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
    ["2001:db8:1:2::9", "2001:db8:1:2::/64"],
    ["::1", "0:0:0:0::/64"],
  ])("%s is counted as %s", (address, network) => expect(networkOf(address)).toBe(network));
});
