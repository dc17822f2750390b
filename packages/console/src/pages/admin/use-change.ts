import { ServiceFlowError, type VersionedOptions } from "@serviceflow/sdk";
import { useState } from "react";

interface Versioned {
  version: number;
}

/** A change that was not made because somebody else changed the item first. */
export interface Conflict<Item> {
  before: Item;
  now: Item;
  /** Makes the change to the item as it is now. */
  repeat: () => Promise<boolean>;
}

/** A command on an item, on the condition that the item is still as it was shown. */
export type Change<Item> = (item: Item, options: VersionedOptions) => PromiseLike<unknown>;

/**
 * Changes items that others change as well. A conflict fetches what there is now, to show what differs.
 * @param reload gets the current item, after a conflict
 */
export function useChange<Item extends Versioned>(
  reload: (item: Item) => PromiseLike<Item>,
  onDone: () => unknown,
) {
  const [isPending, setPending] = useState(false);
  const [error, setError] = useState<unknown>();
  const [conflict, setConflict] = useState<Conflict<Item>>();

  /** @returns whether it was made */
  const run = async (item: Item, change: Change<Item>): Promise<boolean> => {
    setPending(true);
    setError(undefined);
    setConflict(undefined);
    try {
      await change(item, { ifVersion: item.version });
      onDone();
      return true;
    } catch (thrown) {
      if (!ServiceFlowError.is(thrown) || thrown.code !== "precondition_failed") {
        setError(thrown);
        return false;
      }
      try {
        const now = await reload(item);
        onDone();
        setConflict({ before: item, now, repeat: () => run(now, change) });
      } catch (other) {
        setError(other);
      }
      return false;
    } finally {
      setPending(false);
    }
  };
  const reset = () => {
    setError(undefined);
    setConflict(undefined);
  };
  return { run, isPending, error, conflict, reset };
}
