import { type ProjectReflection, ReferenceReflection, type Reflection, type Router } from "typedoc";
import ts from "typescript";
import type { Entry } from "./entries.ts";
import { declarationsOf } from "./read-report.ts";

/** A line for each method of the client and each function of the SDK, linked to the reference. */
export function methodIndex(
  report: string,
  entries: readonly Entry[],
  project: ProjectReflection,
  router: Router,
): string {
  const code = declarationsOf(report);
  const { statements } = ts.createSourceFile("report.d.ts", code, ts.ScriptTarget.Latest, true);
  const membersOf = (name: string | undefined) =>
    statements.filter(ts.isClassDeclaration).find((one) => one.name?.text === name)?.members ?? [];

  function section(title: string, declared: readonly ts.Node[], described: Reflection[] = []) {
    const prefix = title.startsWith("sf.") ? `${title}.` : "";
    const lines = described.flatMap((member) => {
      // What several entries export is described in one of them.
      const target =
        member instanceof ReferenceReflection ? member.getTargetReflectionDeep() : member;
      return declared.flatMap((one) => {
        const isCalled = ts.isMethodDeclaration(one) || ts.isFunctionDeclaration(one);
        if (!isCalled || one.name?.getText() !== target.name) return [];
        const signature = code.slice(one.name.end, one.end).replace(/_2\b|;$/g, "");
        // The address of a member has the anchor of its class as well.
        const page = router.getFullUrl(member).replace(/#.*#/, "#");
        const summary = summaryOf(target);
        const called = (prefix + member.name + signature).replace(/\s+/g, " ");
        return `- [\`${called}\`](docs/reference/${page})${summary && `: ${summary}`}`;
      });
    });
    return lines.length > 0 ? [`### ${title}\n\n${lines.sort().join("\n")}`] : [];
  }

  const sections = entries.map(({ name, specifier }) => {
    const module = project.children?.find((one) => one.name === name);
    const members = module?.children ?? [];
    const client = members.find((one) => one.name === "ServiceFlow")?.name;
    const properties = [...membersOf(client)].filter(ts.isPropertyDeclaration);
    const resources = properties.flatMap((resource) => {
      const type = resource.type?.getText();
      const described = members.find((one) => one.name === type)?.children;
      return section(`sf.${resource.name.getText()}`, membersOf(type), described);
    });
    const functions = section("Functions", statements, members);
    return [`## ${specifier}`, ...resources, ...functions].join("\n\n");
  });
  const intro =
    "Every method and every function, each linked to the reference. `sf` is a client: `new ServiceFlow({ baseUrl, apiKey })`.";
  return `${["# The SDK at a glance", intro, ...sections].join("\n\n")}\n`;
}

/** The first sentence. */
function summaryOf(reflection: Reflection): string {
  const comment = reflection.isDeclaration() ? reflection.signatures?.[0]?.comment : undefined;
  const text = (comment?.summary ?? []).map((part) => part.text).join("");
  const paragraph = text.split("\n\n")[0]?.replaceAll("\n", " ") ?? "";
  return /^.*?[.!?](?= [A-Z`]|$)/.exec(paragraph)?.[0] ?? paragraph;
}
