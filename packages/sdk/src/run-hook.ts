/**
 * Swallows what a hook throws, or rejects with: by then the server may have executed the call, so it must not fail, and
 * an unhandled rejection would end the process.
 */
export function runHook<Info>(hook: ((info: Info) => unknown) | undefined, info: Info): void {
  try {
    Promise.resolve(hook?.(info)).catch(report);
  } catch (error) {
    report(error);
  }
}

function report(error: unknown): void {
  // biome-ignore lint/suspicious/noConsole: a failed logger cannot report its own failure
  console.error("A hook of the ServiceFlow client threw:", error);
}
