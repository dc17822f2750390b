import { once } from "node:events";
import { join } from "node:path";
import { startProcess } from "./child-process.ts";
import { waitFor } from "./waiting.ts";

const LISTENING = /Prism is listening on (http:\/\/[\d.]+:\d+)/;
const VIOLATION = /Violation: (\S+)/g;

/** Prism in front of a server: it passes on everything, and names what the OpenAPI document does not allow. */
export class Prism {
  readonly url: string;
  readonly #end: () => Promise<unknown>;
  readonly #log: () => string;

  private constructor(url: string, log: () => string, end: () => Promise<unknown>) {
    this.url = url;
    this.#log = log;
    this.#end = end;
  }

  /** @param folder with an installed Prism and `openapi.json` */
  static async open(folder: string, upstream: string, port: number): Promise<Prism> {
    let log = "";
    const args = ["proxy", "openapi.json", upstream, "--port", String(port), "--errors=false"];
    const program = join(folder, "node_modules/.bin/prism");
    const child = startProcess(program, args, { cwd: folder, stdio: ["ignore", "pipe", "pipe"] });
    const url = new Promise<string>((resolve, reject) => {
      const read = (text: string) => {
        log += text;
        const found = LISTENING.exec(log)?.[1];
        if (found) resolve(found);
      };
      child.stdout?.setEncoding("utf8").on("data", read);
      child.stderr?.setEncoding("utf8").on("data", read);
      child.once("exit", () => reject(new Error(`Prism ended:\n${log}`)));
    });
    const end = () => {
      const ended = once(child, "exit");
      child.kill("SIGKILL");
      return ended;
    };
    return new Prism(await waitFor("Prism", url), () => log, end);
  }

  /** Where each violation was so far. */
  violations(): string[] {
    return [...this.#log().matchAll(VIOLATION)].map(([, place = ""]) => place);
  }

  close(): Promise<unknown> {
    return this.#end();
  }
}
