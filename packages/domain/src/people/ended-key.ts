/** For how long a key that has ended may ask again for an answer, in seconds. */
export const ENDED_KEY_GRACE_SECONDS = 60;

/** A key that no longer works, or whose user is inactive. */
export interface EndedKey {
  /** When it was revoked or expired; null: its user was deactivated. */
  endedAt: string | null;
}

/** Whether a key that has ended may still ask for an answer that was stored. Anything else is refused. */
export function mayAskAgain({ endedAt }: EndedKey, now: string): boolean {
  return endedAt === null || isRecent(endedAt, now);
}

/**
 * Whether a stored answer may be repeated to a key that has ended: for a minute, so that who ended their own authority
 * and lost the answer gets it.
 * @param answeredAt when the answer was stored
 */
export function mayRepeatAnswer(key: EndedKey, answeredAt: string, now: string): boolean {
  return mayAskAgain(key, now) && isRecent(answeredAt, now);
}

function isRecent(moment: string, now: string): boolean {
  return Date.parse(now) - Date.parse(moment) <= ENDED_KEY_GRACE_SECONDS * 1000;
}
