import autocannon from "autocannon";

export interface Scenario {
  name: string;
  method: "GET" | "POST" | "PATCH";
  /** A separate path for each call. */
  path(call: number): string;
  body?: object;
  expected: number;
}

export interface Figures {
  requestsPerSecond: number;
  p50: number;
  p99: number;
}

/** Sends calls over 16 connections for that many seconds. An unexpected response ends the run. */
export async function measure(
  base: string,
  apiKey: string,
  scenario: Scenario,
  seconds: number,
  counter: { next: number },
): Promise<Figures> {
  const result = await autocannon({
    url: base,
    connections: 16,
    duration: seconds,
    headers: { "x-api-key": apiKey, "content-type": "application/json" },
    requests: [
      {
        method: scenario.method,
        setupRequest(request) {
          counter.next += 1;
          const body = scenario.body ? { body: JSON.stringify(scenario.body) } : {};
          return { ...request, ...body, path: scenario.path(counter.next) };
        },
      },
    ],
  });
  const counts = result.statusCodeStats as Record<string, { count: number }> | undefined;
  const wrong = Object.keys(counts ?? {}).filter((status) => Number(status) !== scenario.expected);
  if (wrong.length > 0 || result.errors > 0) {
    throw new Error(
      `${scenario.name}: statuses ${JSON.stringify(counts)}, ${result.errors} errors`,
    );
  }
  return {
    requestsPerSecond: result.requests.average,
    p50: result.latency.p50,
    p99: result.latency.p99,
  };
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] as number;
}
