import { describe, expect, it } from "vitest";
import { isSameOrigin } from "./same-origin.ts";

const SITE = "sec-fetch-site";

/** Headers of a call to the server, whether it came over TLS, and whether it comes from the same origin. */
const CALLS: [Record<string, string>, secure: boolean, expected: boolean][] = [
  [{ [SITE]: "same-origin", host: "sf.example" }, true, true],
  [{ [SITE]: "same-origin" }, false, true],
  [{ [SITE]: "same-site", host: "sf.example", origin: "https://sf.example" }, true, false],
  [{ [SITE]: "cross-site", host: "sf.example", origin: "https://sf.example" }, true, false],
  [{ [SITE]: "none", host: "sf.example" }, true, false],
  [{ [SITE]: "same-origin, cross-site", host: "sf.example" }, true, false],
  [{ [SITE]: "", host: "sf.example", origin: "https://sf.example" }, true, false],
  [{ [SITE]: "Same-Origin", host: "sf.example" }, true, false],
  [{ host: "sf.example", origin: "https://sf.example" }, true, true],
  [{ host: "sf.example:443", origin: "https://sf.example" }, true, true],
  [{ host: "SF.example", origin: "https://sf.example" }, true, true],
  [{ host: "sf.example:8443", origin: "https://sf.example:8443" }, true, true],
  [{ host: "sf.example", origin: "https://sf.example:8443" }, true, false],
  [{ host: "sf.example", origin: "http://sf.example" }, true, false],
  [{ host: "sf.example", origin: "https://sf.example" }, false, false],
  [{ host: "localhost:8000", origin: "http://localhost:8000" }, false, true],
  [{ host: "localhost:8000", origin: "http://localhost:9000" }, false, false],
  [{ host: "localhost:8000", origin: "http://127.0.0.1:8000" }, false, false],
  [{ host: "sf.example", origin: "https://evil.sf.example" }, true, false],
  [{ host: "sf.example", origin: "https://sf.example.evil" }, true, false],
  [{ host: "sf.example", origin: "https://sf.example/" }, true, false],
  [{ host: "sf.example", origin: "https://sf.example, https://sf.example" }, true, false],
  [{ host: "sf.example", origin: "null" }, true, false],
  [{ host: "sf.example" }, true, false],
  [{ origin: "http://null" }, false, false],
  [{ host: "", origin: "https://" }, true, false],
  [{ host: "sf.example@evil", origin: "https://evil" }, true, false],
];

describe("a call", () => {
  it.each(CALLS)(
    "with %j, over TLS: %s, is of the same origin: %s",
    (headers, secure, expected) => {
      const header = (name: string) => headers[name] ?? null;
      expect(isSameOrigin({ header, secure })).toBe(expected);
    },
  );
});
