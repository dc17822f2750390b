/** What a client observed, for the test to compare. */
export interface Journey {
  isReplayed: boolean;
  statuses: string[];
  commentsSeenByEmployee: string[];
  history: string[];
  listed: string[];
  pages: number;
  invalid: { status: number; code: string; pointers: string[] };
  illegal: { status: number; code: string; allowed: string[] | undefined };
}

export function setting(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set`);
  return value;
}

export function report(journey: Journey): void {
  process.stdout.write(JSON.stringify(journey));
}
