/** Calls through one SDK, in rounds that the parent asks for. */
import type { Adapter } from "./adapter.ts";

const [adapterPath = "", port = ""] = process.argv.slice(2);
const { open, read } = (await import(adapterPath)) as Adapter;
const client = open(Number(port));

process.on("message", async (round: { connections: number; seconds: number }) => {
  const { connections, seconds } = round;
  const cpu = process.cpuUsage();
  const startedAt = performance.now();
  const endsAt = startedAt + seconds * 1_000;
  let calls = 0;
  const callOn = async () => {
    while (performance.now() < endsAt) {
      await read(client);
      calls += 1;
    }
  };
  await Promise.all(Array.from({ length: connections }, callOn));
  const { user, system } = process.cpuUsage(cpu);
  const took = (performance.now() - startedAt) / 1_000;
  process.send?.({ connections, perSecond: calls / took, cpu: (user + system) / calls });
});
process.send?.("ready");
