import { FixedWindows } from "../http/fixed-windows.ts";
import { type Claim, OpenSlots } from "../http/slots.ts";
import type { Answers, Question } from "./messages.ts";

/** Counts in the primary process what all workers count together. */
export class Desk {
  readonly #windows = new FixedWindows();
  readonly #slots = new OpenSlots();
  readonly #tickets = new Map<number, { claims: readonly Claim[]; holder: number }>();
  readonly #workers: number;
  #nextTicket = 1;

  constructor(workers: number) {
    this.#workers = workers;
  }

  draw(question: Extract<Question, { of: "points" }>): Answers["points"] {
    return this.#windows.draw(
      question.name,
      { ...question, holders: this.#workers },
      performance.now(),
    );
  }

  /** @param holder the worker, whose slots are free again when it dies */
  take(claims: readonly Claim[], holder: number): Answers["slots"] {
    const full = this.#slots.take(claims);
    if (full !== null) return { full };
    const ticket = this.#nextTicket;
    this.#nextTicket += 1;
    this.#tickets.set(ticket, { claims, holder });
    return { ticket };
  }

  release(ticket: number): void {
    const taken = this.#tickets.get(ticket);
    if (!taken) return;
    this.#tickets.delete(ticket);
    this.#slots.release(taken.claims);
  }

  releaseAllOf(holder: number): void {
    for (const [ticket, taken] of [...this.#tickets]) {
      if (taken.holder === holder) this.release(ticket);
    }
  }
}
