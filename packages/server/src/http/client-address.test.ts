import type { IncomingMessage } from "node:http";
import { describe, expect, it } from "vitest";
import { areProxies, networkOf, type ProxyTrust, peerReader } from "./client-address.ts";

function call(remoteAddress: string, headers: Record<string, string> = {}, encrypted = false) {
  return { socket: { remoteAddress, encrypted }, headers } as unknown as IncomingMessage;
}

function read(incoming: IncomingMessage | undefined, trust: Partial<ProxyTrust> = {}) {
  const reasons: string[] = [];
  const onUnknown = (reason: string) => reasons.push(reason);
  const peer = peerReader({ proxies: [], header: "x-forwarded-for", onUnknown, ...trust })(
    incoming,
  );
  return { ...peer, reasons };
}

const FORGED = { "x-forwarded-for": "198.51.100.9", "x-forwarded-proto": "https" };
const CHAIN = "1.2.3.4, 198.51.100.9:4711, 10.1.1.1:80";

describe("the address of a client", () => {
  it.each<[string, string[], IncomingMessage, string, boolean]>([
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
      "the last that no proxy is, with or without ports",
      ["loopback", "10.0.0.0/8"],
      call("::1", { "x-forwarded-for": CHAIN }),
      "198.51.100.9",
      false,
    ],
    [
      "the first, when all are proxies",
      ["loopback", "10.0.0.0/8"],
      call("::1", { "x-forwarded-for": "10.9.9.9, 10.1.1.1" }),
      "10.9.9.9",
      false,
    ],
    [
      "what a proxy says, without a zone",
      ["loopback"],
      call("127.0.0.1", { "x-forwarded-for": "2001:db8::9%en-0" }),
      "2001:db8::9",
      false,
    ],
    ["the proxy's, when it says nothing", ["loopback"], call("127.0.0.1"), "127.0.0.1", false],
  ])("is %s", (_, proxies, incoming, address, secure) => {
    expect(read(incoming, { proxies })).toEqual({ address, secure, reasons: [] });
  });

  it.each([
    ["the proxy's address, for anything else", "<script>", "127.0.0.1"],
    ["the last that can be read", "<script>, 10.1.1.1", "10.1.1.1"],
    ["the last that can be read, before one that is hidden", "1.2.3.4, unknown", "127.0.0.1"],
  ])("is %s, and that is reported", (_, header, address) => {
    const incoming = call("127.0.0.1", { "x-forwarded-for": header });
    const proxies = ["loopback", "10.0.0.0/8"];
    expect(read(incoming, { proxies })).toEqual({
      address,
      secure: false,
      reasons: ["unreadable"],
    });
  });

  it("is not looked for beyond the first that no proxy is", () => {
    const incoming = call("127.0.0.1", { "x-forwarded-for": "<script>, 198.51.100.9" });
    expect(read(incoming, { proxies: ["loopback"] })).toMatchObject({
      address: "198.51.100.9",
      reasons: [],
    });
  });

  it("is none without a socket", () => {
    const none = { address: null, secure: false, reasons: [] };
    expect(read(undefined)).toEqual(none);
    expect(read(undefined, { proxies: ["loopback"] })).toEqual(none);
  });
});

describe("of two forwarding headers", () => {
  const both = {
    forwarded: 'for="[2001:db8::9]:4711";proto=https, for=10.1.1.1',
    "x-forwarded-for": "198.51.100.9",
    "x-forwarded-proto": "http",
  };
  const { forwarded, ...others } = both;
  const proxies = ["loopback", "10.0.0.0/8"];

  it.each([
    ["x-forwarded-for", both, "198.51.100.9", false, []],
    ["forwarded", both, "2001:db8::9", true, []],
    ["x-forwarded-for", { forwarded }, "127.0.0.1", false, ["other_header"]],
    ["forwarded", others, "127.0.0.1", false, ["other_header"]],
  ] as const)(
    "only %s counts when it is the configured one: %j",
    (header, headers, ...expected) => {
      const [address, secure, reasons] = expected;
      expect(read(call("127.0.0.1", headers), { proxies, header })).toEqual({
        address,
        secure,
        reasons,
      });
    },
  );

  it.each([
    ["for=198.51.100.9;proto=https, for=10.1.1.1;proto=http", true],
    ["for=1.2.3.4;proto=https, for=198.51.100.9;proto=http", false],
    ["for=1.2.3.4;proto=https, for=198.51.100.9", false],
  ])("%s is over TLS as the client's own proxy says: %s", (header, secure) => {
    const incoming = call("127.0.0.1", { forwarded: header });
    expect(read(incoming, { proxies, header: "forwarded" })).toMatchObject({
      address: "198.51.100.9",
      secure,
    });
  });
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
