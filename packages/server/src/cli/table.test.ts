import { expect, it } from "vitest";
import { table } from "./table.ts";

it("aligns columns, ends no line with blanks and obeys no control character", () => {
  const rows = [
    ["usr_1", "Ada"],
    ["usr_22", "E\u001b[31mve\n"],
  ];
  expect(table(["ID", "NAME"], rows, "none")).toBe("ID      NAME\nusr_1   Ada\nusr_22  E [31mve");
  expect(table(["ID"], [], "none")).toBe("none");
});
