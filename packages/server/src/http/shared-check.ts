export interface SharedCheckOptions {
  /** How long callers wait for a check at most. */
  timeoutMs: number;
  /** How long a result holds. */
  freshMs: number;
  /** The current time in milliseconds, which never goes back. */
  now?: () => number;
}

/**
 * A check that any number of callers share: one runs at a time, a hanging one included, and its result holds a while.
 * @returns rejects with what the check rejected with, or when it takes too long
 */
export function sharedCheck(
  check: () => Promise<unknown>,
  { timeoutMs, freshMs, now = () => performance.now() }: SharedCheckOptions,
): () => Promise<void> {
  let running: Promise<unknown> | null = null;
  let answer: Promise<void> | null = null;
  let answeredAt = Number.NEGATIVE_INFINITY;
  let isWaiting = false;

  const start = (): Promise<void> => {
    running ??= check().finally(() => {
      running = null;
    });
    isWaiting = true;
    const result = inTime(running, timeoutMs).finally(() => {
      isWaiting = false;
      answeredAt = now();
    });
    result.catch(() => {});
    return result;
  };
  return () => {
    if (answer === null || (!isWaiting && now() - answeredAt >= freshMs)) answer = start();
    return answer;
  };
}

async function inTime(work: Promise<unknown>, timeoutMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`No answer within ${timeoutMs} ms.`)), timeoutMs);
  });
  try {
    await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
