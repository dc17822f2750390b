import { styleText } from "node:util";

/** How a command ended. */
export const EXIT = { done: 0, failed: 1, usage: 2, found: 3 } as const;

/** What a command says: to people as text, or as one JSON object on standard output. */
export class Output {
  readonly json: boolean;

  constructor(json: boolean) {
    this.json = json;
  }

  /** The result, the one thing on standard output. */
  result(data: object, text: string): void {
    process.stdout.write(this.json ? `${JSON.stringify(data)}\n` : `${text}\n`);
  }

  /** Something beside the result; on standard error, so that a pipe never has it. */
  note(text: string): void {
    process.stderr.write(`${text}\n`);
  }
}

type Style = "bold" | "green" | "yellow" | "red";

/** Text in colour, on a terminal that wants it. */
export function styled(style: Style, text: string): string {
  return styleText(style, text, { stream: process.stdout });
}
