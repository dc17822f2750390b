/** A Next.js route, `app/api/tickets/route.ts`. Pages call it, so that the API key stays on the server. */
import { ServiceFlow, ServiceFlowError } from "@serviceflow/sdk";

const sf = new ServiceFlow({
  baseUrl: process.env.SERVICEFLOW_URL ?? "http://localhost:8000",
  apiKey: process.env.API_KEY,
});

/** Lists the newest requests: `?status=NEW`. */
export async function GET(request: Request): Promise<Response> {
  const status = new URL(request.url).searchParams.get("status") === "NEW" ? "NEW" : undefined;
  const { items } = await sf.requests.list({ status, limit: 10 }, { signal: request.signal });
  return Response.json(items.map(({ id, title, status }) => ({ id, title, status })));
}

/** Creates a request: `{ title }`. */
export async function POST(request: Request): Promise<Response> {
  const { title } = (await request.json()) as { title: string };
  try {
    const created = await sf.requests.create({ title });
    return Response.json({ id: created.id }, { status: 201 });
  } catch (error) {
    if (!ServiceFlowError.is(error) || error.code !== "validation_failed") throw error;
    return Response.json({ errors: error.errors }, { status: 422 });
  }
}
