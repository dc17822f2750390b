const REDRAW_MS = 100;
const WIDTH = 30;

/** A progress line on standard error; nothing when that is not a terminal. */
export class Progress {
  readonly #unit: string;
  readonly #started = performance.now();
  #drawnAt = Number.NEGATIVE_INFINITY;

  /** @param unit what is counted */
  constructor(unit = "entries") {
    this.#unit = unit;
  }

  update(done: number, total: number): void {
    const now = performance.now();
    if (!process.stderr.isTTY || (now - this.#drawnAt < REDRAW_MS && done < total)) return;
    this.#drawnAt = now;
    const line = progressLine(done, total, (now - this.#started) / 1000, this.#unit);
    process.stderr.write(`\r${line}\u001b[K`);
  }

  /** Clears the line. */
  end(): void {
    if (process.stderr.isTTY) process.stderr.write("\r\u001b[K");
  }
}

/** `[######----] 60 %  600 of 1,000 entries  12,345/s  1 s left` */
export function progressLine(
  done: number,
  total: number,
  seconds: number,
  unit = "entries",
): string {
  const share = total === 0 ? 1 : done / total;
  const filled = Math.round(share * WIDTH);
  const bar = "#".repeat(filled) + "-".repeat(WIDTH - filled);
  const rate = seconds > 0 ? done / seconds : 0;
  const left = rate > 0 ? `${Math.ceil((total - done) / rate)} s left` : "";
  const number = (value: number) => Math.round(value).toLocaleString("en");
  return `[${bar}] ${Math.floor(share * 100)} %  ${number(done)} of ${number(total)} ${unit}  ${number(rate)}/s  ${left}`;
}
