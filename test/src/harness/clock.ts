/** A clock that stands still until it is moved, or moves only when it is read. */
export class TestClock {
  #now: number;

  constructor(start: string) {
    this.#now = Date.parse(start);
  }

  readonly read = (): Date => new Date(this.#now);

  /** Moves it a millisecond each time, so that no two moments are the same. */
  readonly tick = (): Date => {
    this.#now += 1;
    return this.read();
  };

  set(moment: string): void {
    this.#now = Date.parse(moment);
  }

  advance(seconds: number): void {
    this.#now += seconds * 1000;
  }
}
