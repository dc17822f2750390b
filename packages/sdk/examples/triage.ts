/**
 * A Node script: claims urgent unassigned requests and lists the others.
 *
 *     API_KEY=sf_... SERVICEFLOW_URL=http://localhost:8000 node triage.ts
 */
import { can, ServiceFlow, ServiceFlowError } from "@serviceflow/sdk";

const sf = new ServiceFlow({
  baseUrl: process.env.SERVICEFLOW_URL ?? "http://localhost:8000",
  apiKey: process.env.API_KEY,
});

const me = await sf.users.me();
for await (const request of sf.requests.list({ status: "NEW", assignee: "none" })) {
  if (request.priority !== "URGENT" || !can("claim", request, me)) {
    console.log(`${request.id} is waiting: ${request.title}`);
    continue;
  }
  try {
    await sf.requests.claim(request.id, { ifVersion: request.version });
    console.log(`Claimed ${request.id}: ${request.title}`);
  } catch (error) {
    // Another agent has claimed or changed it in the meantime.
    if (!ServiceFlowError.is(error) || error.retryable) throw error;
    console.log(`Could not claim ${request.id}: ${error.detail}`);
  }
}
