import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ENGINES } from "./harness/databases.ts";
import { openTestApp, type TestApp } from "./harness/test-app.ts";

const TEXTS: Record<string, { title: string; description?: string }> = {
  jam: { title: "The printers are jamming", description: "They blink red.\nSince Monday." },
  paper: { title: "Printer paper" },
  battery: { title: "Laptop", description: "The old battery died" },
  cartridge: { title: "Принтер не печатает", description: "Заменить картриджи, срочно" },
  contract: { title: "Подписать договор", description: "Two copies, please" },
};

const SEARCHES: [string, string][] = [
  ["printer", "jam paper"],
  ["PRINTERS", "jam paper"],
  ["jammed", "jam"],
  ["batteries", "battery"],
  ["monday", "jam"],
  ["принтеры", "cartridge"],
  ["печатают", "cartridge"],
  ["картридж", "cartridge"],
  ["договоры", "contract"],
  ["copy договора", "contract"],
  ["printer blinking", "jam"],
  ["printer laptop", ""],
  ["battery or paper", ""],
  ['"battery died"', "battery"],
  ['"died battery"', ""],
  ['"printer paper"', "paper"],
  ["printer -paper", "jam"],
  ["printer -papers", "jam"],
  ["printer -jam", "paper"],
  ["printer -jammed", "paper"],
  ["принтер -картриджами", ""],
  ["the", "jam battery"],
  ["nothing", ""],
];

describe.each(ENGINES)("a search on %s", (engine) => {
  let app: TestApp;
  const nameOf = new Map<string, string>();
  beforeAll(async () => {
    app = await openTestApp(engine);
    for (const [name, body] of Object.entries(TEXTS)) {
      const filed = await app.call("POST", "/requests", { as: app.employee, body });
      nameOf.set(filed.body.id, name);
    }
  });
  afterAll(() => app.close());

  async function search(q: string, as = app.agent): Promise<(string | undefined)[]> {
    const query = new URLSearchParams({ q, limit: "100" });
    const { status, body } = await app.call("GET", `/requests?${query}`, { as });
    expect(status).toBe(200);
    return body.items.map(({ id }: { id: string }) => nameOf.get(id) ?? id);
  }

  it.each(SEARCHES)("for %s finds: %s", async (q, expected) => {
    expect((await search(q)).sort()).toEqual(expected.split(" ").filter(Boolean).sort());
  });

  it.each([
    "'",
    '"',
    '"unclosed',
    "-",
    "--",
    "or",
    "a & | ! b",
    "x:*",
    "<->",
    "(",
    "\\",
    "😀",
    "%",
  ])("for %s finds nothing", async (q) => {
    expect(await search(q)).toEqual([]);
  });

  it("finds new text immediately, and the replaced text no longer", async () => {
    const { call, employee } = app;
    const body = { title: "Telescope", description: "For the roof" };
    const { id } = (await call("POST", "/requests", { as: employee, body })).body;
    expect(await search("telescope roof")).toEqual([id]);
    await call("PATCH", `/requests/${id}`, { as: employee, body: { title: "Microscope" } });
    expect(await search("telescope")).toEqual([]);
    expect(await search("microscopes")).toEqual([id]);
  });

  it("finds only their own requests for an employee", async () => {
    expect(await search("printer", app.otherEmployee)).toEqual([]);
    expect((await search("printer", app.employee)).sort()).toEqual(["jam", "paper"]);
  });
});
