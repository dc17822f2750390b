import { styleText } from "node:util";

/** Exit codes. */
export const EXIT = { done: 0, failed: 1, usage: 2, found: 3 } as const;

/** The output of a command: text for people, or one JSON object. */
export class Output {
  readonly json: boolean;

  constructor(json: boolean) {
    this.json = json;
  }

  /** The result, alone on standard output. */
  result(data: object, text: string): void {
    process.stdout.write(this.json ? `${JSON.stringify(data)}\n` : `${text}\n`);
  }

  /** A line like those of the log, on standard output. */
  line(msg: string, data: object): void {
    const time = new Date().toISOString();
    process.stdout.write(`${JSON.stringify({ level: "info", time, msg, ...data })}\n`);
  }

  /** A note on standard error, which a pipe does not receive. */
  note(text: string): void {
    process.stderr.write(`${text}\n`);
  }
}

type Style = "bold" | "green" | "yellow" | "red";

/** Coloured text, on a terminal that supports it. */
export function styled(style: Style, text: string): string {
  return styleText(style, text, { stream: process.stdout });
}
