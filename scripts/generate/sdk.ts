import { readReports } from "../sdk-api/read-report.ts";
import { sdkReference } from "../sdk-api/reference.ts";
import { sdkReport } from "../sdk-api/report.ts";
import { NOTICE } from "./markdown.ts";

/** These folders hold only generated files. */
export const SDK_FOLDERS = ["packages/sdk/api", "packages/sdk/docs/reference"] as const;

/** The API report, the index of methods and the reference of the SDK, by path; and what is wrong with its types. */
export async function describeSdk() {
  const [api, reference] = SDK_FOLDERS;
  const report = sdkReport();
  const { pages, index } = await sdkReference(report);
  const documents: Record<string, string> = {
    [`${api}/sdk.api.md`]: report,
    "packages/sdk/api.md": NOTICE + index,
  };
  for (const [file, page] of Object.entries(pages))
    documents[`${reference}/${file}`] = NOTICE + page;
  const faults = readReports(report)
    .flatMap(({ forgotten }) => [...forgotten])
    .map((name) => `Users need the type ${name}: export it from the entry's index.ts.`);
  return { documents, faults };
}
