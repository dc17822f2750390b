import { InvalidArgumentError } from "commander";

const MAX = 256;

/** @throws InvalidArgumentError */
export function toWorkers(text: string): number {
  const count = /^\d{1,3}$/.test(text) ? Number(text) : 0;
  if (count >= 1 && count <= MAX) return count;
  throw new InvalidArgumentError(`It must be a whole number from 1 to ${MAX}.`);
}
