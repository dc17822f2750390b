/** What the journey needs of a generated client, in the terms of the document. */
export interface Client {
  create(body: { title: string; priority: "HIGH"; category: string }, key: string): Promise<Filed>;
  list(query: { status: ("NEW" | "IN_PROGRESS")[]; category: string[] }): Promise<{ id: string }[]>;
  claim(id: string): Promise<{ assignee: { fullName: string } | null }>;
  comment(id: string, body: string): Promise<{ body: string; visibility: string }>;
  move(id: string, status: "IN_PROGRESS" | "DONE"): Promise<Filed>;
  changes(id: string): Promise<Record<string, Change>[]>;
  /** The problem of a call that must be refused: a title that is too short. */
  refused(title: string): Promise<Refusal>;
}

interface Filed {
  id: string;
  status: string;
  closedAt?: string | null;
}

interface Change {
  from: unknown;
  to: unknown;
}

interface Refusal {
  status: number;
  code: string;
  errors: { pointer: string }[];
}

function setting(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set`);
  return value;
}

/** Goes through the life of a request, and prints what came of it. */
export async function journey(clientOf: (baseUrl: string, apiKey: string) => Client) {
  const baseUrl = setting("SERVICEFLOW_URL");
  const employee = clientOf(baseUrl, setting("EMPLOYEE_KEY"));
  const agent = clientOf(baseUrl, setting("AGENT_KEY"));
  const body = { title: "Printer jammed", priority: "HIGH", category: "it" } as const;
  const key = setting("IDEMPOTENCY_KEY");
  const filed = await employee.create(body, key);
  const again = await employee.create(body, key);
  const { id } = filed;
  const found = await agent.list({ status: ["NEW", "IN_PROGRESS"], category: ["it", "hr"] });
  const others = await agent.list({ status: ["IN_PROGRESS"], category: ["hr"] });
  const claimed = await agent.claim(id);
  const comment = await agent.comment(id, "On my way");
  const started = await agent.move(id, "IN_PROGRESS");
  const done = await agent.move(id, "DONE");
  const problem = await employee.refused("x");
  const observed = {
    isReplayed: again.id === id,
    found: found.some((each) => each.id === id),
    others: others.length,
    assignee: claimed.assignee?.fullName,
    comment: { body: comment.body, visibility: comment.visibility },
    statuses: [filed.status, started.status, done.status],
    isClosed: typeof done.closedAt === "string",
    moves: (await agent.changes(id)).flatMap(({ status }) => (status ? [status.to] : [])),
    problem: {
      status: problem.status,
      code: problem.code,
      pointers: problem.errors.map(({ pointer }) => pointer),
    },
  };
  process.stdout.write(JSON.stringify(observed));
}

/** What a call must have answered. */
export function must<Answer>(isRight: boolean, answer: Answer | undefined, what: unknown): Answer {
  if (isRight && answer !== undefined) return answer;
  throw unexpected(what);
}

export function unexpected(answer: unknown): Error {
  return new Error(`Unexpected answer: ${JSON.stringify(answer)}`);
}
