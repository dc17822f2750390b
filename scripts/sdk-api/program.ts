import { join } from "node:path";
import ts from "typescript";
import type { Entry } from "./entries.ts";
import { SDK } from "./entries.ts";

/** A file that is in no folder: it asks the compiler for types that nobody has written. */
export const PROBE = join(SDK, "src/__probe.ts");

/** The SDK's sources as TypeScript 5.9 sees them: the last that can be asked from JavaScript. */
export function sdkProgram(entries: readonly Entry[], probe = "", old?: ts.Program): ts.Program {
  const config = join(SDK, "tsconfig.json");
  const { options } = ts.parseJsonConfigFileContent(
    ts.readConfigFile(config, ts.sys.readFile).config,
    ts.sys,
    SDK,
  );
  const checked: ts.CompilerOptions = { ...options, composite: false, noEmit: true };
  const host = ts.createCompilerHost(checked);
  const { fileExists, getSourceFile } = host;
  host.fileExists = (file) => file === PROBE || fileExists(file);
  host.getSourceFile = (file, version, ...rest) => {
    if (file === PROBE) return ts.createSourceFile(file, probe, version, true);
    return old?.getSourceFile(file) ?? getSourceFile(file, version, ...rest);
  };
  return ts.createProgram({
    rootNames: [...entries.map(({ file }) => file), ...(probe === "" ? [] : [PROBE])],
    options: checked,
    host,
    ...(old && { oldProgram: old }),
  });
}
