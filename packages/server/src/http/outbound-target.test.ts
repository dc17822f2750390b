import { describe, expect, it } from "vitest";
import {
  guardedLookup,
  isAllowedAddress,
  PUBLIC_TARGETS,
  requireTarget,
} from "./outbound-target.ts";

const REFUSED = [
  "0.0.0.0",
  "10.1.2.3",
  "100.64.0.1",
  "100.100.100.200",
  "127.0.0.1",
  "127.8.8.8",
  "168.63.129.16",
  "169.254.169.254",
  "172.16.0.1",
  "172.31.255.255",
  "192.0.0.192",
  "192.168.0.1",
  "198.18.0.1",
  "203.0.113.7",
  "224.0.0.1",
  "240.0.0.1",
  "255.255.255.255",
  "::",
  "::1",
  "::7f00:1",
  "::808:808",
  "::ffff:127.0.0.1",
  "::ffff:10.0.0.1",
  "64:ff9b::a00:1",
  "2001:db8::1",
  "2002:7f00:1::",
  "fc00::1",
  "fd00:ec2::254",
  "fe80::1",
  "fe80::1%eth0",
  "ff02::1",
  "nonsense",
  "",
];

describe("addresses that webhooks may lead to", () => {
  it.each(REFUSED)("are not %s", (address) => {
    expect(isAllowedAddress(address, PUBLIC_TARGETS)).toBe(false);
  });

  it.each(["1.1.1.1", "93.184.216.34", "172.32.0.1", "2606:4700::1111", "::ffff:1.1.1.1"])(
    "can be %s",
    (address) => {
      expect(isAllowedAddress(address, PUBLIC_TARGETS)).toBe(true);
    },
  );

  it("can be of a network that is allowed, and of that one alone", () => {
    const rules = { allowHttp: false, allowedNetworks: ["10.1.0.0/16", "fd00::/8"] };
    expect(isAllowedAddress("10.1.2.3", rules)).toBe(true);
    expect(isAllowedAddress("::ffff:10.1.2.3", rules)).toBe(true);
    expect(isAllowedAddress("fd12::1", rules)).toBe(true);
    expect(isAllowedAddress("10.2.0.1", rules)).toBe(false);
    expect(isAllowedAddress("::1", rules)).toBe(false);
  });
});

describe("the URL of a webhook", () => {
  it.each([
    ["bot.example.com", "invalid_format"],
    ["//bot.example.com", "invalid_format"],
    ["http://bot.example.com/", "insecure_url"],
    ["ftp://bot.example.com/", "insecure_url"],
    ["file:///etc/passwd", "insecure_url"],
    ["https://user:secret@bot.example.com/", "credentials_in_url"],
    ["https://bot.example.com/#part", "fragment_in_url"],
    ["https://127.0.0.1/", "address_refused"],
    ["https://0x7f.1/", "address_refused"],
    ["https://2130706433/", "address_refused"],
    ["https://[::1]/", "address_refused"],
    ["https://[::ffff:7f00:1]/", "address_refused"],
    ["https://169.254.169.254/latest/meta-data", "address_refused"],
    ["https://localhost/", "address_refused"],
    ["https://api.LOCALHOST./", "address_refused"],
  ])("is not %s: %s", (url, code) => {
    expect(() => requireTarget(url, PUBLIC_TARGETS)).toThrow(
      expect.objectContaining({ errors: [expect.objectContaining({ pointer: "/url", code })] }),
    );
  });

  it("is kept as it will be used", () => {
    expect(requireTarget("HTTPS://Bot.Example.com:443", PUBLIC_TARGETS)).toBe(
      "https://bot.example.com/",
    );
  });

  it("can be http and local when the rules allow it", () => {
    const rules = { allowHttp: true, allowedNetworks: ["127.0.0.0/8"] };
    expect(requireTarget("http://127.0.0.1:9/x", rules)).toBe("http://127.0.0.1:9/x");
    expect(requireTarget("http://localhost:9/x", rules)).toBe("http://localhost:9/x");
    expect(() => requireTarget("http://[::1]:9/", rules)).toThrow("private");
  });
});

describe("the look-up of a name", () => {
  const lookUp = (name: string, networks: string[]) =>
    new Promise<unknown>((resolve) => {
      const rules = { allowHttp: false, allowedNetworks: networks };
      guardedLookup(rules)(name, { all: true }, (error, addresses) => resolve(error ?? addresses));
    });

  it("refuses one that leads to this machine", async () => {
    expect(await lookUp("localhost", [])).toMatchObject({ code: "ADDRESS_REFUSED" });
  });

  it("refuses one of which but one address is refused", async () => {
    expect(await lookUp("localhost", ["192.0.2.0/24"])).toMatchObject({ code: "ADDRESS_REFUSED" });
  });

  it("hands on the addresses that it looked at", async () => {
    const found = (await lookUp("localhost", ["127.0.0.0/8", "::1/128"])) as { address: string }[];
    expect(found.map(({ address }) => address)).toContain("127.0.0.1");
  });
});
