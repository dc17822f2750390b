/**
 * A fetch handler for Deno, Bun, Cloudflare Workers and other edge runtimes: `deno serve fetch-handler.ts`. It answers
 * whether the user may cancel a request, with the same rules as the server.
 */
import { explain, ServiceFlow, ServiceFlowError } from "@serviceflow/sdk";

interface Env {
  SERVICEFLOW_URL: string;
  API_KEY: string;
}

export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    const id = new URL(request.url).pathname.slice(1);
    const sf = new ServiceFlow({ baseUrl: env.SERVICEFLOW_URL, apiKey: env.API_KEY });
    try {
      const [me, found] = await Promise.all([sf.users.me(), sf.requests.get(id)]);
      const refusal = explain("cancel", found, me);
      return Response.json({ id, may: refusal === null, because: refusal?.detail ?? null });
    } catch (error) {
      if (!ServiceFlowError.is(error)) throw error;
      return Response.json({ id, error: error.code }, { status: error.status ?? 502 });
    }
  },
};
