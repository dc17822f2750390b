import { describe, expect, it } from "vitest";
import { addressFault, methodIn, refusalOf } from "./unparsed.ts";

describe("bytes that Node's parser refuses", () => {
  it.each([
    ["HPE_INVALID_METHOD", "malformed_request", /unknown/],
    ["HPE_INVALID_URL", "malformed_request", /%C3%BC/],
    ["HPE_INVALID_CONTENT_LENGTH", "malformed_request", /Content-Length/],
    ["HPE_SOMETHING_NEW", "malformed_request", /not valid HTTP/],
    ["HPE_HEADER_OVERFLOW", "headers_too_large", /16 KiB/],
    ["HPE_CHUNK_EXTENSIONS_OVERFLOW", "payload_too_large", /extensions/],
    ["ERR_HTTP_REQUEST_TIMEOUT", "request_timeout", /in time/],
  ])("with %s are %s", (code, expected, words) => {
    const refusal = refusalOf({ code });
    expect(refusal?.code).toBe(expected);
    expect(refusal?.detail).toMatch(words);
  });

  it("are named as TLS, which a client that was given https: begins with", () => {
    const rawPacket = Buffer.from("160301", "hex");
    expect(refusalOf({ code: "HPE_INVALID_METHOD", rawPacket })?.detail).toMatch(/TLS/);
  });

  it.each([["ECONNRESET"], ["EPIPE"], [undefined]])("are none when it is %s", (code) => {
    expect(refusalOf({ ...(code === undefined ? {} : { code }) })).toBeNull();
  });
});

it.each([
  ["GET / HTTP/1.1", "GET"],
  ["OPTIONS * HTTP/1.1", "OPTIONS"],
  ["DELETE\t/", "-"],
  ["get / HTTP/1.1", "-"],
  ["BREW / HTTP/1.1", "-"],
  ["\u0016\u0003\u0001", "-"],
  ["", "-"],
])("the method of %j is %s", (text, method) => {
  expect(methodIn(Buffer.from(text))).toBe(method);
});

describe("an address", () => {
  const faultOf = (url: string, hosts: string[] = ["a"], method = "GET", minor = 1) =>
    addressFault({
      httpVersionMajor: 1,
      httpVersionMinor: minor,
      method,
      url,
      rawHeaders: ["Accept", "*/*", ...hosts.flatMap((host) => ["hOsT", host])],
    })?.detail ?? null;

  it.each([
    ["a"],
    ["a.example:8000"],
    ["A.Example"],
    ["a_b-c.example"],
    ["127.0.0.1:1"],
    ["[::1]"],
    ["[2001:db8::1]:8000"],
    ["A.Example:80"],
    ["xn--bcher-kva.example"],
  ])("may have the Host %s", (host) => {
    expect(faultOf("/", [host])).toBeNull();
  });

  it.each([
    [[]],
    [["a", "a"]],
    [["a", "b"]],
    [[""]],
    [["a b"]],
    [["a/b"]],
    [["a?b"]],
    [["a#b"]],
    [["user@a"]],
    [["a\\b"]],
    [["a:port"]],
    [["a:99999"]],
    [["bücher.example"]],
    [["[::1"]],
  ])("may not have the Hosts %j", (hosts) => {
    expect(faultOf("/", hosts)).toMatch(/^Host /);
  });

  it("needs no Host in HTTP/1.0", () => expect(faultOf("/", [], "GET", 0)).toBeNull());

  it.each([["/"], ["/a?b=\\"], ["/%5C"], ["http://b/a"], ["https://b"]])("may be %s", (url) => {
    expect(faultOf(url)).toBeNull();
  });

  it.each([["*"], [""], ["a"], ["/a\\b"], ["http://["], ["ftp://b/a"], ["http://b/a\\b"]])(
    "may not be %j",
    (url) => expect(faultOf(url)).not.toBeNull(),
  );

  it("may be an asterisk with OPTIONS", () => expect(faultOf("*", ["a"], "OPTIONS")).toBeNull());
});
