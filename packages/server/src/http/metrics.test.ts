import { expect, it } from "vitest";
import { Metrics } from "./metrics.ts";

it("shows the other figures when one cannot be had", async () => {
  const metrics = new Metrics();
  metrics.gauge("one", "One.", () => Promise.reject(new Error("away")));
  metrics.gauge("two", "Two.", async () => 2);
  metrics.observe({ procedure: "users.me", transport: "rest", code: "ok", seconds: 0.003 });
  const lines = (await metrics.text()).split("\n");
  expect(lines).toContain("one Nan");
  expect(lines).toContain("two 2");
  expect(lines).toContain(
    'serviceflow_call_duration_seconds_bucket{le="0.005",procedure="users.me",transport="rest"} 1',
  );
});
