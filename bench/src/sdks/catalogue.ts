/** One of the SDKs that are compared. */
export interface Sdk {
  title: string;
  package: string;
  /** Null: of this checkout, packed as npm would publish it. */
  version: string | null;
  /** Imports it and makes a client: what loading it is measured by. */
  client: string;
  /** One call: with the client the smallest useful program, which is bundled for a page and type-checked. */
  call: string;
  /** What cannot be measured in a moment, from the documentation of this version. */
  timeout: { text: string; source: string };
}

export type SdkName = keyof typeof SDKS;

export const SDKS = {
  serviceflow: {
    title: "@serviceflow/sdk",
    package: "@serviceflow/sdk",
    version: null,
    client: `import { ServiceFlow } from "@serviceflow/sdk";
const sf = new ServiceFlow({ baseUrl: "http://localhost:8000", apiKey: "sf_x" });`,
    call: `sf.requests.get("SF-1").then(({ title }) => console.log(title));`,
    timeout: { text: "30 s an attempt, 120 s a call", source: "README.md" },
  },
  stripe: {
    title: "stripe-node",
    package: "stripe",
    version: "23.1.0",
    client: `import Stripe from "stripe";
const stripe = new Stripe("sk_test_x");`,
    call: `stripe.customers.retrieve("cus_1").then(({ id }) => console.log(id));`,
    timeout: { text: "80 s", source: "README.md" },
  },
  openai: {
    title: "openai-node",
    package: "openai",
    version: "7.57.0",
    client: `import OpenAI from "openai";
const openai = new OpenAI({ apiKey: "x" });`,
    call: `openai.files.retrieve("file-1").then(({ filename }) => console.log(filename));`,
    timeout: { text: "10 min", source: "README.md" },
  },
  octokit: {
    title: "octokit",
    package: "octokit",
    version: "5.0.5",
    client: `import { Octokit } from "octokit";
const octokit = new Octokit({ auth: "x" });`,
    call: `octokit.rest.users.getByUsername({ username: "ada" }).then(({ data }) => console.log(data.login));`,
    timeout: { text: "none", source: "README.md, request.timeout" },
  },
  linear: {
    title: "@linear/sdk",
    package: "@linear/sdk",
    version: "98.0.0",
    client: `import { LinearClient } from "@linear/sdk";
const linear = new LinearClient({ apiKey: "x" });`,
    call: `linear.viewer.then(({ name }) => console.log(name));`,
    timeout: { text: "not documented", source: "README.md, declarations" },
  },
  svix: {
    title: "svix",
    package: "svix",
    version: "2.5.0",
    client: `import { Svix } from "svix";
const svix = new Svix("x");`,
    call: `svix.application.get("app_1").then(({ name }) => console.log(name));`,
    timeout: { text: "not documented; `requestTimeout` sets one", source: "declarations" },
  },
} as const satisfies Record<string, Sdk>;

export function programOf({ client, call }: Sdk): string {
  return `${client}\n${call}\n`;
}

export const SDK_NAMES = Object.keys(SDKS) as SdkName[];

/** What all of them are compared with in calls: a GET by `fetch`, and `JSON.parse`. */
export const BASELINE = "fetch";
