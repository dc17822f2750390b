const SIGNALS = ["SIGTERM", "SIGINT"] as const;

/**
 * The first stop signal; a second one ends the process at once.
 * @param atSecond called before that
 */
export function nextSignal(atSecond: () => void = () => {}): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    let isStopping = false;
    for (const signal of SIGNALS) {
      process.on(signal, () => {
        if (!isStopping) {
          isStopping = true;
          resolve(signal);
          return;
        }
        atSecond();
        process.removeAllListeners(signal);
        process.kill(process.pid, signal);
      });
    }
  });
}
