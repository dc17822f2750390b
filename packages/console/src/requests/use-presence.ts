import type { PresentPerson, Visibility } from "@serviceflow/sdk";
import { enterRequest, type Presence } from "@serviceflow/sdk/presence";
import { useEffect, useMemo, useRef, useState } from "react";
import { isStaff, useMe } from "../app/session.tsx";
import { sharedClient } from "../app/shared-client.ts";

/** Who passes by on the way to another request is not there. */
const STAY_MS = 500;
/** Who has not written for so long only looks. */
const QUIET_MS = 10_000;

/** Says that the person writes on a request, or does not any more. */
export interface Writing {
  write(visibility: Visibility): void;
  pause(): void;
}

/**
 * Makes the person present on a request as long as it is shown.
 * @returns the others who are there. Employees are there only while they write, and see nobody.
 */
export function usePresence(id: string): { people: readonly PresentPerson[]; writing: Writing } {
  const me = useMe();
  const staysAround = isStaff(me);
  const [people, setPeople] = useState<readonly PresentPerson[]>([]);
  const here = useRef<{ enter: () => Presence; presence: Presence | undefined }>(undefined);
  const quiet = useRef<ReturnType<typeof setTimeout>>(undefined);

  useEffect(() => {
    const enter = () =>
      enterRequest(sharedClient(me.id), id, staysAround ? { onChange: setPeople } : {});
    const own = { enter, presence: undefined as Presence | undefined };
    here.current = own;
    const timer = staysAround
      ? setTimeout(() => {
          own.presence ??= enter();
        }, STAY_MS)
      : undefined;
    return () => {
      clearTimeout(timer);
      clearTimeout(quiet.current);
      here.current = undefined;
      setPeople([]);
      void own.presence?.leave();
    };
  }, [id, me.id, staysAround]);

  const writing = useMemo<Writing>(() => {
    const pause = () => {
      clearTimeout(quiet.current);
      here.current?.presence?.update("VIEWING");
    };
    return {
      pause,
      write(visibility) {
        const own = here.current;
        if (own === undefined) return;
        own.presence ??= own.enter();
        own.presence.update(visibility === "INTERNAL" ? "WRITING_INTERNALLY" : "WRITING");
        clearTimeout(quiet.current);
        quiet.current = setTimeout(pause, QUIET_MS);
      },
    };
  }, []);
  return { people, writing };
}
