const NAME = "@serviceflow/testing";

const NOT_FOUND = new Set(["ERR_MODULE_NOT_FOUND", "MODULE_NOT_FOUND"]);

/** Codes of `import()` in a virtual machine that cannot load ES modules, which is where Jest runs tests. */
const NO_MODULES = new Set([
  "ERR_VM_DYNAMIC_IMPORT_CALLBACK_MISSING",
  "ERR_VM_DYNAMIC_IMPORT_CALLBACK_MISSING_FLAG",
]);

/** What to do about a failed import of the package. `cause` has the failure. */
export function loadFailure(cause: unknown): TypeError {
  return new TypeError(explain(cause), { cause });
}

function explain(cause: unknown): string {
  const { code, message } = (cause ?? {}) as { code?: unknown; message?: unknown };
  const detail = String(message ?? cause);
  // A package that this one imports can be missing, too.
  if (NOT_FOUND.has(String(code)) && detail.includes(`'${NAME}'`)) {
    return `createTestServer requires the package ${NAME}: npm install --save-dev ${NAME}`;
  }
  if (NO_MODULES.has(String(code))) {
    return `createTestServer imports ${NAME}, an ES module, which Jest only loads with a flag: NODE_OPTIONS=--experimental-vm-modules npx jest`;
  }
  const [, missing] = /^(\w+) is not defined$/.exec(detail) ?? [];
  if (missing !== undefined) {
    return `createTestServer needs ${missing}, which this test environment lacks: in Jest, use the environment node, or jest-fixed-jsdom for a DOM.`;
  }
  return `createTestServer could not load ${NAME}: ${detail}`;
}
