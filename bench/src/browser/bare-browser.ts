import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { startProcess } from "../../../test/src/harness/child-process.ts";

type Params = Record<string, unknown>;
interface Message {
  id?: number;
  method?: string;
  params?: Params;
  // biome-ignore lint/suspicious/noExplicitAny: the protocol's answers are read field by field
  result?: any;
  error?: { message: string };
}

/**
 * A page of Chromium that nothing observes but what is asked of it. Playwright has the browser keep every answer that the
 * page has received, in the memory of the page: up to 100 MB. https://chromedevtools.github.io/devtools-protocol/
 */
export interface BarePage {
  /** Where the browser can be debugged. */
  readonly port: number;
  // biome-ignore lint/suspicious/noExplicitAny: the protocol's answers are read field by field
  send(method: string, params?: Params): Promise<any>;
  // biome-ignore lint/suspicious/noExplicitAny: as above
  sendToBrowser(method: string): Promise<any>;
  /** Exceptions of the page that nobody caught. */
  readonly faults: readonly string[];
  evaluate<Value>(expression: string): Promise<Value>;
  /** Runs before the scripts of the page, from its next load on. */
  addInitScript(script: () => void): Promise<void>;
  goto(url: string): Promise<void>;
  until(expression: string): Promise<void>;
  press(key: string): Promise<void>;
  wheel(deltaY: number): Promise<void>;
  close(): Promise<void>;
}

const SIZE = { width: 1280, height: 832 };
const LIMIT_MS = 60_000;

/** Of a session. */
export interface Cookie {
  name: string;
  value: string;
  url: string;
}

/** Opens a browser in which somebody is signed in. */
export async function openBareBrowser(cookie: Cookie): Promise<BarePage> {
  const profile = await mkdtemp(join(tmpdir(), "serviceflow-browser-"));
  const child = startProcess(
    process.env.CHROMIUM ?? "/usr/bin/chromium",
    [
      "--headless=new",
      "--no-sandbox",
      "--no-first-run",
      "--lang=en-GB",
      "--remote-debugging-port=0",
      `--user-data-dir=${profile}`,
      `--window-size=${SIZE.width},${SIZE.height}`,
      "about:blank",
    ],
    { stdio: "ignore" },
  );
  const endpoint = await endpointIn(profile);
  const socket = new WebSocket(endpoint);
  await new Promise((resolve, reject) => {
    socket.addEventListener("open", resolve);
    socket.addEventListener("error", reject);
  });
  const waiting = new Map<number, (message: Message) => void>();
  const faults: string[] = [];
  socket.addEventListener("message", ({ data }) => {
    const message: Message = JSON.parse(String(data));
    if (message.id !== undefined) waiting.get(message.id)?.(message);
    if (message.method === "Runtime.exceptionThrown") faults.push(JSON.stringify(message.params));
  });
  let sent = 0;
  const call = (method: string, params: Params, sessionId?: string) => {
    sent += 1;
    const id = sent;
    socket.send(JSON.stringify({ id, method, params, sessionId }));
    return new Promise<Message["result"]>((resolve, reject) => {
      waiting.set(id, ({ result, error }) => {
        waiting.delete(id);
        if (error) reject(new Error(`${method}: ${error.message}`));
        else resolve(result);
      });
    });
  };
  const { targetInfos } = await call("Target.getTargets", {});
  const { targetId } = targetInfos.find(({ type }: { type: string }) => type === "page");
  const { sessionId } = await call("Target.attachToTarget", { targetId, flatten: true });
  const send = (method: string, params: Params = {}) => call(method, params, sessionId);
  await send("Page.enable");
  await send("Runtime.enable");
  await send("Emulation.setDeviceMetricsOverride", {
    ...SIZE,
    deviceScaleFactor: 1,
    mobile: false,
  });
  await send("Network.setCookie", { ...cookie });

  const evaluate = async <Value>(expression: string): Promise<Value> => {
    const { result, exceptionDetails } = await send("Runtime.evaluate", {
      expression,
      awaitPromise: true,
      returnByValue: true,
    });
    if (exceptionDetails) throw new Error(JSON.stringify(exceptionDetails));
    return result.value;
  };
  return {
    port: Number(new URL(endpoint).port),
    send,
    sendToBrowser: (method) => call(method, {}),
    faults,
    evaluate,
    async addInitScript(script) {
      await send("Page.addScriptToEvaluateOnNewDocument", { source: `(${script})()` });
    },
    async goto(url) {
      await send("Page.navigate", { url });
    },
    async until(expression) {
      const from = performance.now();
      while (!(await evaluate<boolean>(`Boolean(${expression})`))) {
        if (performance.now() - from > LIMIT_MS) throw new Error(`Never: ${expression}`);
        await pause(50);
      }
    },
    async press(key) {
      const params = keyOf(key);
      await send("Input.dispatchKeyEvent", { type: "keyDown", ...params });
      await send("Input.dispatchKeyEvent", { type: "keyUp", ...params, text: "" });
    },
    async wheel(deltaY) {
      const at = { x: 500, y: 400, deltaX: 0, deltaY };
      await send("Input.dispatchMouseEvent", { type: "mouseWheel", ...at });
    },
    async close() {
      await call("Browser.close", {}).catch(() => {});
      socket.close();
      await new Promise((resolve) => {
        if (child.exitCode !== null || child.signalCode !== null) resolve(null);
        else child.once("exit", resolve);
      });
      await rm(profile, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** Chromium writes where it listens into its profile. */
async function endpointIn(profile: string): Promise<string> {
  const from = performance.now();
  for (;;) {
    const text = await readFile(join(profile, "DevToolsActivePort"), "utf8").catch(() => "");
    const [port, path] = text.split("\n");
    if (port && path) return `ws://127.0.0.1:${port}${path}`;
    if (performance.now() - from > LIMIT_MS) throw new Error("The browser did not start.");
    await pause(50);
  }
}

/** @param key a character, or `Control+Enter` */
function keyOf(key: string): Params {
  if (key === "Control+Enter") {
    return { key: "Enter", code: "Enter", windowsVirtualKeyCode: 13, modifiers: 2 };
  }
  const upper = key.toUpperCase();
  const isLetter = /^[A-Z]$/.test(upper);
  return {
    key,
    text: key,
    code: isLetter ? `Key${upper}` : key === " " ? "Space" : "",
    windowsVirtualKeyCode: upper.charCodeAt(0),
  };
}
