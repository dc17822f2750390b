import { type ContenderName, titleOf } from "../contenders/catalogue.ts";
import { scenarioOf } from "../scenarios.ts";
import { table } from "./markdown.ts";
import type { Figure } from "./summary.ts";

const PAIRS: readonly [what: ContenderName, to: ContenderName][] = [
  ["serviceflow", "plain"],
  ["by-hand", "plain"],
  ["pgbench", "plain"],
  ["serviceflow", "by-hand"],
  ["serviceflow-trpc", "serviceflow"],
  ["serviceflow-sdk", "serviceflow"],
  ["serviceflow-sdk", "serviceflow-fetch"],
  ["serviceflow-workers", "serviceflow"],
  ["embedded", "serviceflow"],
  ["serviceflow", "before"],
];

const PER_CALL: readonly [name: string, of: (figure: Figure) => number | null][] = [
  ["CPU time of the service", ({ cpu }) => cpu.server],
  ["CPU time of PostgreSQL", ({ cpu }) => cpu.postgres],
  ["bytes", ({ bytes }) => bytes],
];

/** How contenders compare, scenario by scenario: calls a second, and what a call costs beside the plain service. */
export function ratiosTable(figures: readonly Figure[]): string {
  const scenarios = [...new Set(figures.map(({ scenario }) => scenario))];
  const rowOf = (
    name: string,
    [what, to]: readonly [ContenderName, ContenderName],
    of: (figure: Figure) => number | null,
  ) => {
    const cells = scenarios.map((scenario) => {
      const [one, other] = [what, to].map((contender) => {
        const found = figures.find(
          (figure) => figure.contender === contender && figure.scenario === scenario,
        );
        return found ? of(found) : null;
      });
      return one && other ? (one / other).toFixed(2) : "";
    });
    return [`${name}: ${titleOf(what)} / ${titleOf(to)}`, ...cells];
  };
  const rows = [
    ...PAIRS.map((pair) => rowOf("calls/s", pair, ({ perSecond }) => perSecond.median)),
    ...PER_CALL.map(([name, of]) => rowOf(name, ["serviceflow", "plain"], of)),
    ...PER_CALL.map(([name, of]) => rowOf(name, ["serviceflow", "before"], of)),
  ];
  const known = rows.filter(([, ...cells]) => cells.some((cell) => cell !== ""));
  return table(["ratio", ...scenarios.map((name) => scenarioOf(name).title)], known);
}
