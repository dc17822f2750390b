import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { Load, LoadJob } from "./job.ts";

const MAIN = fileURLToPath(new URL("./generator-main.ts", import.meta.url));

/** Sends load from a process of its own, so that what else happens here delays no call. */
export interface Generator {
  /** @throws when it could not call at all */
  run(job: LoadJob): Promise<Load>;
  stop(): void;
}

export function startGenerator(): Generator {
  const child = fork(MAIN, { execArgv: ["--conditions=@serviceflow/source"] });
  return {
    async run(job) {
      child.send(job);
      const [answer] = (await once(child, "message")) as [{ load: Load } | { error: string }];
      if ("error" in answer) throw new Error(`${job.scenario}: ${answer.error}`);
      return answer.load;
    },
    stop() {
      child.disconnect();
    },
  };
}
