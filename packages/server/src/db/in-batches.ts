import { setImmediate } from "node:timers/promises";

/**
 * Runs a statement that handles a bounded number of rows until none are left, so that none takes longer the more there
 * are. Calls are answered in between.
 * @param batch takes where the batch before it ended, null at first; answers where it ended, or null when it was the last
 * @throws the reason of `stop`, between two batches
 */
export async function inBatches<Place>(
  batch: (after: Place | null) => Promise<Place | null>,
  stop: AbortSignal,
): Promise<void> {
  let place: Place | null = null;
  do {
    stop.throwIfAborted();
    place = await batch(place);
    await setImmediate();
  } while (place !== null);
}
