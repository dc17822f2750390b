/**
 * A Node script: takes what is urgent and waits, and says what else does.
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
    console.log(`${request.id} waits: ${request.title}`);
    continue;
  }
  try {
    await sf.requests.claim(request.id, { ifVersion: request.version });
    console.log(`${request.id} is mine: ${request.title}`);
  } catch (error) {
    // Somebody was faster, or changed it in between.
    if (!ServiceFlowError.is(error) || error.retryable) throw error;
    console.log(`${request.id} was not to be had: ${error.detail}`);
  }
}
