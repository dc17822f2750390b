import { open } from "node:fs/promises";
import type { AnchorRecord } from "@serviceflow/domain";
import type { Logger } from "pino";
import { Job } from "../background.ts";
import { VERSION } from "../version.ts";

const LOOK_MS = 1_000;
const RETRY_MS = 5_000;
const TIMEOUT_MS = 5_000;
// Anyone may know an anchor, but only the server writes them.
const FILE_MODE = 0o640;

/** Where anchors go besides the log lines. */
export interface AnchorTargets {
  /** A file that is only ever appended to. */
  file: string | null;
  /** An https URL that each anchor is posted to. */
  url: string | null;
}

/** Sends the newest anchor to one place, and tries again until it succeeds or there is a newer one. */
export class AnchorTarget {
  readonly job: Job;
  readonly #send: (record: AnchorRecord) => Promise<void>;
  #pending: AnchorRecord | null = null;
  #isSending = false;
  #notBefore = 0;

  constructor(log: Logger, name: string, send: (record: AnchorRecord) => Promise<void>) {
    this.#send = send;
    this.job = new Job({
      log,
      name,
      everyMs: LOOK_MS,
      maxRunMs: 2 * TIMEOUT_MS,
      atStop: true,
      work: (stop) => this.#sendPending(stop.aborted),
    });
  }

  async #sendPending(isLast: boolean): Promise<void> {
    const record = this.#pending;
    // A disk that hangs must not take one thread after another.
    if (record === null || this.#isSending) return;
    if (performance.now() < this.#notBefore && !isLast) return;
    this.#isSending = true;
    this.#notBefore = performance.now() + RETRY_MS;
    try {
      await this.#send(record);
      this.#notBefore = 0;
      if (this.#pending === record) this.#pending = null;
    } finally {
      this.#isSending = false;
    }
  }

  /** Never waits: a target that hangs must not hold up sealing. */
  put(record: AnchorRecord): void {
    this.#pending = record;
  }
}

export function anchorTargets(log: Logger, { file, url }: AnchorTargets): AnchorTarget[] {
  const targets: AnchorTarget[] = [];
  if (file !== null) {
    const append = (record: AnchorRecord) => appendAnchor(file, record);
    targets.push(new AnchorTarget(log, "append the anchor to its file", append));
  }
  if (url !== null) {
    const post = (record: AnchorRecord) => postAnchor(url, record);
    targets.push(new AnchorTarget(log, "post the anchor", post));
  }
  return targets;
}

/** Appends one line and waits until it is on the disk. A line that a crash cut short is ended first. */
async function appendAnchor(file: string, record: AnchorRecord): Promise<void> {
  const handle = await open(file, "a+", FILE_MODE);
  try {
    const { size } = await handle.stat();
    const end = Buffer.alloc(1);
    if (size > 0) await handle.read(end, 0, 1, size - 1);
    const start = size > 0 && end.toString() !== "\n" ? "\n" : "";
    await handle.appendFile(`${start}${JSON.stringify(record)}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** The place did not accept the anchor. */
class AnchorRefused extends Error {
  override readonly name = "AnchorRefused";
  readonly code: string;

  constructor(status: number) {
    super("The anchor was not accepted.");
    this.code = `HTTP_${status}`;
  }
}

/** @throws AnchorRefused; another error when there was no answer in time */
async function postAnchor(url: string, record: AnchorRecord): Promise<void> {
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json", "user-agent": `ServiceFlow/${VERSION}` },
    body: JSON.stringify(record),
    redirect: "manual",
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  await response.body?.cancel();
  if (!response.ok) throw new AnchorRefused(response.status);
}
