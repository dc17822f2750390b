import type { Reporter, TestModule, Vitest } from "vitest/node";

/** Names every skipped test, and why it was skipped, at the end of a run. */
export default class SkippedTestsReporter implements Reporter {
  #vitest: Vitest | undefined;

  onInit(vitest: Vitest): void {
    this.#vitest = vitest;
  }

  onTestRunEnd(modules: readonly TestModule[]): void {
    // A name pattern skips all other tests.
    const isFiltered = this.#vitest?.config.testNamePattern !== undefined;
    const lines = modules.flatMap((module) =>
      [...module.children.allTests("skipped")].flatMap((test) => {
        const result = test.result();
        const reason = result.state === "skipped" ? result.note : undefined;
        if (reason === undefined && isFiltered) return [];
        return `  ${module.relativeModuleId} > ${test.fullName}: ${reason ?? "no reason is given"}`;
      }),
    );
    if (lines.length === 0) return;
    this.#vitest?.logger.log(["", "Skipped:", ...lines].join("\n"));
  }
}
