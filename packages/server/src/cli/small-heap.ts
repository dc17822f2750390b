import { setFlagsFromString } from "node:v8";

/**
 * Has V8 collect its old generation once that has grown by 30 %, and not by several times: about 35 MB live in it, and it holds
 * 130 MB under load otherwise.
 */
export function keepHeapSmall(): void {
  setFlagsFromString("--heap-growing-percent=30");
}
