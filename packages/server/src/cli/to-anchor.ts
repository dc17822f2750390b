import { type Anchor, readAnchor } from "@serviceflow/domain";
import { InvalidArgumentError } from "commander";

/** Reads `--anchor`. */
export function toAnchor(text: string): Anchor {
  const anchor = readAnchor(text);
  if (anchor) return anchor;
  throw new InvalidArgumentError("It must be `position:hash`, as `audit verify` prints it.");
}
