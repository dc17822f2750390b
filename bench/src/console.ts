/**
 * Loads the inbox of the console with 100,000 requests in the database, and lets Lighthouse rate it: as a slow phone (four
 * times slower, 1.6 Mbit/s) and as a computer, signed in as an agent. Medians of the loads.
 *
 *   npm run bench:console
 *   REQUESTS=2000 LOADS=1 npm run bench:console
 */
import { openConsoleStage } from "./browser/console-stage.ts";
import {
  audit,
  FORMS,
  installLighthouse,
  METRICS,
  type Metric,
  type Report,
} from "./browser/lighthouse.ts";
import { spreadOf } from "./report/summary.ts";

const REQUESTS = Number(process.env.REQUESTS ?? 100_000);
const LOADS = Number(process.env.LOADS ?? 5);
const LEAST_PERFORMANCE = 95;
const LEAST_ACCESSIBILITY = 100;

const lighthouse = await installLighthouse();
const stage = await openConsoleStage(REQUESTS);
let isMet = true;
try {
  for (const form of FORMS) {
    const reports: Report[] = [];
    for (let load = 0; load < LOADS; load += 1) {
      const url = `${stage.server.url}/console/inbox?view=open`;
      reports.push(await audit(lighthouse, { url, port: stage.page.port, form }));
    }
    const performance = spreadOf(reports.map((report) => report.performance));
    const accessibility = Math.min(...reports.map((report) => report.accessibility));
    const metric = (name: Metric) => {
      const { median } = spreadOf(reports.map(({ metrics }) => metrics[name]));
      return name === "cumulative-layout-shift" ? median.toFixed(3) : `${Math.round(median)} ms`;
    };
    console.log(
      `${form}, ${REQUESTS} requests, ${LOADS} loads: performance ${performance.median} (${performance.min} to ${performance.max}), accessibility ${accessibility}`,
    );
    for (const name of Object.keys(METRICS) as Metric[]) {
      console.log(`  ${METRICS[name]} ${metric(name)}`);
    }
    for (const title of new Set(reports.flatMap(({ failed }) => failed))) console.log(`  ${title}`);
    isMet &&= performance.median >= LEAST_PERFORMANCE && accessibility >= LEAST_ACCESSIBILITY;
  }
} finally {
  await stage.close();
}
console.log(
  `performance of ${LEAST_PERFORMANCE} and accessibility of ${LEAST_ACCESSIBILITY}: ${isMet ? "reached" : "missed"}`,
);
if (!isMet) process.exitCode = 1;
