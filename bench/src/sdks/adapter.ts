/** How one SDK is called. Copied into the project in which it is installed, since it imports the SDK from there. */
export interface Adapter<Client = unknown> {
  /** The body that a read is answered with. */
  answer: object;
  open(port: number): Client;
  read(client: Client): Promise<unknown>;
  write?(client: Client): Promise<unknown>;
  /** How the service says that there were too many calls; 429 with an error by default. */
  limited?: { status: number; body: object };
  /** Absent where its methods take no signal. */
  cancel?: { by: "call" | "client"; read(client: Client, signal: AbortSignal): Promise<unknown> };
  /** Absent where no list is an async iterable. */
  list?: {
    pages: readonly object[];
    of: "items" | "pages";
    link?(port: number): string;
    each(client: Client): AsyncIterable<unknown>;
  };
  webhook?: {
    payload(at: Date): string;
    sign(payload: string, at: Date): Headers | Promise<Headers>;
    verify(payload: string, headers: Headers): unknown;
  };
  /** Absent where no call is answered by a stream of events. */
  stream?: { event(n: number): string; each(client: Client): AsyncIterable<unknown> };
}

type Headers = Record<string, string>;
