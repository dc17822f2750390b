import http from "node:http";
import type { AddressInfo } from "node:net";
import type { Page } from "playwright-core";

const HTML = '<!doctype html><script src="/script.js"></script>';

/** A stream of events that passes through. */
interface PassingStream {
  /** The `tab` of the page that opened it. */
  tab: string | null;
  openedAt: number;
}

/** A page and the server below it, of one origin and over HTTP/1.1, as most small installations have it. */
export class PageServer {
  /** What the page runs. */
  script = "";
  /** Where everything but the page comes from. */
  target = "";
  /** All streams of events since the start. */
  readonly opened: PassingStream[] = [];
  readonly open = new Set<PassingStream>();
  readonly #server: http.Server;

  private constructor() {
    this.#server = http.createServer((request, response) => {
      const { pathname } = new URL(request.url ?? "/", "http://page");
      if (pathname === "/" || pathname === "/script.js") {
        const isScript = pathname !== "/";
        response.setHeader("content-type", isScript ? "text/javascript" : "text/html");
        response.end(isScript ? this.script : HTML);
      } else this.#pass(request, response);
    });
  }

  static async start(): Promise<PageServer> {
    const page = new PageServer();
    await new Promise<void>((resolve) => page.#server.listen(0, "127.0.0.1", resolve));
    return page;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** The one of these pages, opened as `?tab=n`, that has opened the last stream. */
  leaderOf(pages: readonly Page[]): Page | undefined {
    const stream = this.opened.at(-1);
    return pages.find((page) => new URL(page.url()).searchParams.get("tab") === stream?.tab);
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  #pass(request: http.IncomingMessage, response: http.ServerResponse): void {
    const { method, headers, url = "/" } = request;
    if (url.startsWith("/api/v1/events/stream")) {
      const tab = new URL(headers.referer ?? this.url).searchParams.get("tab");
      const stream = { tab, openedAt: performance.now() };
      this.opened.push(stream);
      this.open.add(stream);
      response.on("close", () => this.open.delete(stream));
    }
    const passed = http.request(new URL(url, this.target), { method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    passed.on("error", () => response.destroy());
    response.on("close", () => passed.destroy());
    request.pipe(passed);
  }
}
