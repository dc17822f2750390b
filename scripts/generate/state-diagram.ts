import { FINAL, STATUSES, TRANSITIONS } from "@serviceflow/domain";
import { mermaid, page } from "./markdown.ts";

export function stateDiagram(): string {
  const moves = STATUSES.flatMap((status) =>
    TRANSITIONS[status].map((next) => `  ${status} --> ${next}`),
  );
  const ends = FINAL.map((status) => `  ${status} --> [*]`);
  return page(
    "The statuses of a request",
    "Every other change of status is refused with `illegal_transition`, the same status twice included.",
    mermaid(["stateDiagram-v2", `  [*] --> ${STATUSES[0]}`, ...moves, ...ends]),
  );
}
