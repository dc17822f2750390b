import { isDeepStrictEqual } from "node:util";
import type { z } from "zod";

/**
 * An answer that holds, as JSON, what its schema says: no field too few, none too many.
 * @throws Error that names the procedure
 */
export function requireExact(procedure: string, schema: z.ZodType, answer: unknown): unknown {
  const { success, data, error } = schema.safeParse(answer);
  if (!success) {
    throw new Error(`${procedure} breaks its contract: ${error.message}`, { cause: error });
  }
  // A stream has no JSON, and comes out as it went in.
  if (data === answer) return answer;
  const [declared, given] = [data, answer].map((each) => JSON.stringify(each));
  if (isDeepStrictEqual(JSON.parse(declared as string), JSON.parse(given as string))) return answer;
  throw new Error(`${procedure} answers more than its contract says: ${given}, not ${declared}`);
}
