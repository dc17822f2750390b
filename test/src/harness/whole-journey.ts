import { createLogger, createServices, type Database } from "@serviceflow/server";
import { expect } from "vitest";
import { openTestAppOn } from "./test-app.ts";

/** What happens in a company's first days: every kind of write and read, and all the work in the background. */
export async function wholeJourney(db: Database): Promise<void> {
  const database = { url: null, db, drop: async () => {} };
  const { call, admin, agent, otherAgent, employee, addUser } = await openTestAppOn(database);
  const made = async (...args: Parameters<typeof call>) => {
    const answer = await call(...args);
    expect(answer, args.slice(0, 2).join(" ")).toMatchObject({ status: expect.toSatisfy(isDone) });
    return answer.body;
  };
  const lines: string[] = [];
  const log = createLogger("trace", false, { write: (line) => lines.push(line) });
  const { jobs } = createServices(db, log).background;
  const runJobs = async () => {
    for (const job of jobs) await job.run();
  };

  await made("POST", "/categories", { as: admin, body: { slug: "printers", name: "Printers" } });
  await made("PATCH", "/categories/printers", { as: admin, body: { name: "Printing" } });
  const url = "https://bot.example.com/";
  const webhook = await made("POST", "/webhooks", { as: admin, body: { url } });
  const body = { title: "Printer jammed", category: "printers" };
  const { id } = await made("POST", "/requests", { as: employee, body });
  await made("PATCH", `/requests/${id}`, { as: employee, body: { priority: "HIGH" } });
  await made("POST", `/requests/${id}/claim`, { as: agent });
  await made("PATCH", `/requests/${id}/status`, { as: agent, body: { status: "IN_PROGRESS" } });
  await made("POST", `/requests/${id}/comments`, { as: agent, body: { body: "A worn roller" } });
  await made("POST", `/requests/${id}/read`, { as: employee });
  const reason = "On leave";
  const handOver = { assigneeId: otherAgent.id, reason };
  await made("PUT", `/requests/${id}/assignee`, { as: agent, body: handOver });
  await made("PATCH", `/requests/${id}/status`, { as: otherAgent, body: { status: "DONE" } });
  const again = { title: "It jammed again", followsUp: id };
  const followUp = await made("POST", "/requests", { as: employee, body: again });
  const correction = { requesterId: agent.id };
  await made("PATCH", `/requests/${followUp.id}`, { as: admin, body: correction });
  await runJobs();

  const leaver = await addUser({ fullName: "Lea Leaver", email: "lea@example.com", role: "AGENT" });
  await made("POST", "/requests", { as: leaver, body: { title: "A badge" } });
  await made("PATCH", `/users/${leaver.id}`, { as: admin, body: { fullName: "Lea Gone" } });
  await made("PATCH", `/users/${leaver.id}/role`, { as: admin, body: { role: "EMPLOYEE" } });
  const key = await made("POST", "/users/me/api-keys", { as: agent, body: { name: "Bot" } });
  await made("POST", `/api-keys/${key.id}/rotate`, { as: agent, body: {} });
  await made("DELETE", `/api-keys/${key.id}`, { as: agent });
  await made("POST", `/users/${leaver.id}/erase`, { as: admin });
  await made("POST", `/webhooks/${webhook.id}/rotate`, { as: admin, body: {} });
  await runJobs();
  await made("DELETE", `/webhooks/${webhook.id}`, { as: admin });
  await runJobs();

  const found = await made("GET", "/requests?q=jammed", { as: agent });
  expect(found.items).toHaveLength(2);
  const stats = await made("GET", "/requests/stats", { as: agent });
  expect(stats.byStatus).toMatchObject({ NEW: 2, DONE: 1 });
  for (const path of ["/audit-logs", "/events", `/requests/${id}/history`, "/users"]) {
    expect((await made("GET", path, { as: admin })).items.length).toBeGreaterThan(1);
  }
  const verified = await made("GET", "/audit-logs/verify?state=true", { as: admin });
  expect(verified).toMatchObject({ valid: true, unsealed: 0, state: { matches: true } });
  expect(lines.filter((line) => line.includes('"level":"warn"'))).toEqual([]);
}

function isDone(status: number): boolean {
  return status >= 200 && status < 300;
}
