import { afterEach, describe, expect, it } from "vitest";
import { fetchOnce } from "./first-answers.ts";

const URL_ASKED = "data:,asked%20again";
const GET = { method: "GET" };

function holdAnswer(): void {
  globalThis.firstCalls = {
    answers: new Map([[URL_ASKED, Promise.resolve(new Response("asked first"))]]),
    position: Promise.resolve(undefined),
  };
}

async function textOf(init: RequestInit): Promise<string> {
  return (await fetchOnce(URL_ASKED, init)).text();
}

afterEach(() => {
  globalThis.firstCalls = undefined;
});

describe("the answer to a call that the page has made already", () => {
  it("is taken over once", async () => {
    holdAnswer();
    expect(await textOf(GET)).toBe("asked first");
    expect(await textOf(GET)).toBe("asked again");
  });

  it("is not taken over after a sign-in, which may be somebody else's", async () => {
    holdAnswer();
    await fetchOnce("data:,signed%20in", { method: "POST" });
    expect(await textOf(GET)).toBe("asked again");
  });
});
