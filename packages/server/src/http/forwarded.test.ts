import { describe, expect, it } from "vitest";
import { readHops } from "./forwarded.ts";

const addresses = (header: string, kind: "x-forwarded-for" | "forwarded") =>
  readHops[kind](header).map(({ address }) => address);

describe("X-Forwarded-For", () => {
  it.each<[string, (string | null)[]]>([
    ["", []],
    [" , ,", []],
    ["198.51.100.9", ["198.51.100.9"]],
    ["198.51.100.9:52044", ["198.51.100.9"]],
    ["198.51.100.9:0, 10.0.0.1:443", ["198.51.100.9", "10.0.0.1"]],
    ['"198.51.100.9:52044"', ["198.51.100.9"]],
    ["2001:db8::9", ["2001:db8::9"]],
    ["[2001:db8::9]", ["2001:db8::9"]],
    ["[2001:db8::9]:443", ["2001:db8::9"]],
    ['"[2001:db8::9]:443"', ["2001:db8::9"]],
    ["::ffff:198.51.100.9", ["198.51.100.9"]],
    ["[::ffff:198.51.100.9]:80", ["198.51.100.9"]],
    ["::ffff:c633:6409, 0:0:0:0:0:FFFF:198.51.100.9", ["198.51.100.9", "198.51.100.9"]],
    ["2001:DB8:0:0::9, 64:ff9b::198.51.100.9", ["2001:db8::9", "64:ff9b::c633:6409"]],
    ["fe80::1%eth0, [2001:db8::9%en-0.1]:443", ["fe80::1", "2001:db8::9"]],
    ["198.51.100.9%eth0", [null]],
    // Nobody can tell this port from the last group of the address.
    ["2001:db8::9:443", ["2001:db8::9:443"]],
    ["198.51.100.9:", [null]],
    ["198.51.100.9:1:2", [null]],
    ["198.51.100.256", [null]],
    ["[198.51.100.9", [null]],
    ["[]", [null]],
    ["[[2001:db8::9]]", [null]],
    ["unknown, 10.0.0.1", [null, "10.0.0.1"]],
    ["<script>", [null]],
    ["client.example.com", [null]],
    ["198.51.100.9 10.0.0.1", [null]],
    ['"198.51.100.9, 10.0.0.1', [null, "10.0.0.1"]],
  ])("%s names %j", (header, expected) => {
    expect(addresses(header, "x-forwarded-for")).toEqual(expected);
  });
});

describe("Forwarded", () => {
  // The first eight are the examples of RFC 7239.
  it.each<[string, (string | null)[]]>([
    ['for="_gazonk"', [null]],
    ['For="[2001:db8:cafe::17]:4711"', ["2001:db8:cafe::17"]],
    ["for=192.0.2.60;proto=http;by=203.0.113.43", ["192.0.2.60"]],
    ["for=192.0.2.43, for=198.51.100.17", ["192.0.2.43", "198.51.100.17"]],
    ["for=_hidden, for=_SEVKISEK", [null, null]],
    ["for=unknown", [null]],
    ['for="192.0.2.43:47011"', ["192.0.2.43"]],
    ['for="192.0.2.43:_port"', ["192.0.2.43"]],
    ['proto=https; FOR="192.0.2.43" ; host=example.com', ["192.0.2.43"]],
    ['for="192.0.2\\.43"', ["192.0.2.43"]],
    ["for=[2001:db8::9]:443", ["2001:db8::9"]],
    ["by=203.0.113.43;proto=https", [null]],
    ["for", [null]],
    ["for=", [null]],
    ["=192.0.2.43", [null]],
    ["192.0.2.43", [null]],
    // What a client has left open ends where its proxy adds an element.
    ['for="192.0.2.43, for=198.51.100.17', [null, "198.51.100.17"]],
    ['for="\\, for=198.51.100.17', [null, "198.51.100.17"]],
  ])("%s names %j", (header, expected) => {
    expect(addresses(header, "forwarded")).toEqual(expected);
  });

  it.each([
    ["for=192.0.2.43;proto=https", "https"],
    ['for=192.0.2.43;Proto="HTTPS"', "https"],
    ["for=192.0.2.43;proto=http", "http"],
    ["for=192.0.2.43", null],
  ])("%s has the protocol %s", (header, protocol) => {
    expect(readHops.forwarded(header)).toEqual([{ address: "192.0.2.43", protocol }]);
  });
});
