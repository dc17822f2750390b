/** Something that differs from the last release in a way that can break what was written against it. */
export interface BreakingChange {
  /** What it is about: `Requests.claim`, or `GET /requests, response 200, items[].title`. */
  subject: string;
  /** What happened to it. */
  what: string;
}
