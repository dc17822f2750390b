import { fingerprintOf } from "./idempotency.ts";

/** The values of fields that a call may leave out, and all its fields in the order in which inputs have them. */
export interface Defaults {
  order: readonly string[];
  values: Readonly<Record<string, unknown>>;
}

type Input = Readonly<Record<string, unknown>>;

export function defaultsOf(
  { shape }: { shape: Readonly<Record<string, unknown>> },
  values: Input,
): Defaults {
  return { order: Object.keys(shape), values };
}

/**
 * The fingerprints of all calls that mean the same as one: with each default spelled out or left out. Compared, rather
 * than kept in one form, so that records of other versions of the server are recognized.
 */
export function* alikeFingerprints(
  procedure: string,
  given: object,
  { order, values }: Defaults,
): Generator<Uint8Array> {
  const input = given as Input;
  const free = Object.keys(values).filter(
    (name) => input[name] === undefined || isSame(input[name], values[name]),
  );
  const names = [...order, ...Object.keys(input).filter((name) => !order.includes(name))];
  for (let combination = 0; combination < 2 ** free.length; combination += 1) {
    const spelled = new Set(free.filter((_, index) => (combination >> index) & 1));
    const entries = names.flatMap((name) => {
      if (spelled.has(name)) return [[name, values[name]]];
      return free.includes(name) ? [] : [[name, input[name]]];
    });
    yield fingerprintOf(procedure, Object.fromEntries(entries));
  }
}

function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
