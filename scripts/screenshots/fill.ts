import { ServiceFlow } from "@serviceflow/sdk";
import {
  AGENTS,
  CATEGORIES,
  inLanguage,
  type Language,
  PEOPLE,
  type PersonName,
  REQUESTERS,
  type Words,
} from "./office.ts";
import {
  type OfficeRequest,
  PAST_TITLES,
  REFERENCES,
  REQUESTS,
  type Step,
  spanMs,
} from "./requests.ts";
import { BOOTSTRAP_KEY, type StagedServer } from "./server.ts";
import { ENDPOINTS, type Receiver } from "./webhooks.ts";

/** A Tuesday morning: what the clocks of the server and of the pages say in every picture. */
export const NOW = Date.parse("2026-11-24T09:41:00Z");

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const WEEK_MS = 7 * DAY_MS;
const PAST_WEEKS = 12;
/** Before the first request. */
const FOUNDED = NOW - (PAST_WEEKS + 2) * WEEK_MS;
const LEAVES = NOW - 3 * WEEK_MS;

/** The office, once it is in the database. */
export interface Office {
  /** API keys. */
  keys: Record<PersonName, string>;
  ids: Record<PersonName, string>;
  /** Cookies of those who are signed in, in a window and on a phone. */
  sessions: Partial<Record<PersonName, Record<Device, Cookie>>>;
  /** Ids of requests by their place in `REQUESTS`. */
  requests: string[];
}

export const DEVICES = {
  window:
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36",
  phone:
    "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36",
} as const;
type Device = keyof typeof DEVICES;

interface Cookie {
  name: string;
  value: string;
}

/** Those whose windows are in the pictures. */
const SIGNED_IN = ["dana", "june", "sofia"] as const satisfies PersonName[];

interface Event {
  at: number;
  happens(): Promise<unknown>;
}

/** Plays the life of an office up to the moment of the pictures, everything at its time. */
export async function fillOffice(
  server: StagedServer,
  receiver: Receiver,
  language: Language,
): Promise<Office> {
  const filling = new Filling(server, receiver, language);
  await filling.play();
  return filling.office;
}

class Filling {
  readonly office: Office = {
    keys: {} as Office["keys"],
    ids: {} as Office["ids"],
    sessions: {},
    requests: [],
  };
  readonly #server: StagedServer;
  readonly #receiver: Receiver;
  readonly #language: Language;
  readonly #events: Event[] = [];
  readonly #clients = new Map<PersonName, ServiceFlow>();

  constructor(server: StagedServer, receiver: Receiver, language: Language) {
    this.#server = server;
    this.#receiver = receiver;
    this.#language = language;
  }

  async play(): Promise<void> {
    await this.#found();
    this.#past();
    for (const [index, request] of REQUESTS.entries()) this.#plan(request, index);
    this.#at(LEAVES, () => this.#by("sofia").users.update(this.office.ids.paul, { active: false }));
    this.#keys();
    this.#webhooks();
    this.#sessions();
    for (const { at, happens } of this.#events.sort((a, b) => a.at - b.at)) {
      this.#server.setTime(at);
      await happens();
    }
    this.#server.setTime(NOW);
  }

  #say(words: Words): string {
    return inLanguage(words, this.#language);
  }

  #by(person: PersonName): ServiceFlow {
    const known = this.#clients.get(person);
    if (known) return known;
    const apiKey = this.office.keys[person];
    const client = new ServiceFlow({ baseUrl: this.#server.url, apiKey, maxRetries: 0 });
    this.#clients.set(person, client);
    return client;
  }

  #at(at: number, happens: () => Promise<unknown>): void {
    this.#events.push({ at, happens });
  }

  async #found(): Promise<void> {
    const anybody = new ServiceFlow({ baseUrl: this.#server.url });
    for (const [index, [key, person]] of Object.entries(PEOPLE).entries()) {
      this.#server.setTime(FOUNDED + index * HOUR_MS);
      const name = key as PersonName;
      const facts = {
        fullName: this.#say(person.name),
        email: `${this.#mailName(person.name)}@example.com`,
      };
      const user =
        index === 0
          ? await anybody.users.bootstrap(facts, BOOTSTRAP_KEY)
          : await this.#by("sofia").users.create({
              ...facts,
              role: person.role,
              ...("kind" in person ? { kind: person.kind } : {}),
            });
      this.office.ids[name] = user.id;
      this.office.keys[name] = user.apiKey;
    }
    for (const { slug, name, description } of CATEGORIES) {
      await this.#by("sofia").categories.create({
        slug,
        name: name[0],
        names: { ru: name[1] },
        description: this.#say(description),
      });
    }
    await this.#by("sofia").categories.update("general", {
      names: { ru: "Общее" },
      description: this.#say(["Everything else", "Всё остальное"]),
    });
  }

  /** In Latin letters in every language. */
  #mailName([english]: Words): string {
    return english.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase().replace(" ", ".");
  }

  /** Weeks of work of which only the figures are seen. */
  #past(): void {
    let count = 0;
    for (let week = PAST_WEEKS; week >= 1; week -= 1) {
      const filed = week === 1 ? 15 : 25 + ((week * 7) % 9);
      for (let i = 0; i < filed; i += 1) {
        const weekday = i % 5;
        const at =
          NOW - week * WEEK_MS + (weekday - 1) * DAY_MS + (((i * 37) % 480) - 100) * MINUTE_MS;
        this.#pastRequest(at, count);
        count += 1;
      }
    }
  }

  #pastRequest(at: number, index: number): void {
    const by = REQUESTERS[(index * 3) % REQUESTERS.length] as PersonName;
    const agent = index % 9 === 4 && at < LEAVES - WEEK_MS ? "paul" : AGENTS[index % AGENTS.length];
    const title = this.#say(PAST_TITLES[index % PAST_TITLES.length] as Words);
    const category = (["it", "it", "facilities", "finance", "hr"] as const)[index % 5];
    const priority = (["NORMAL", "LOW", "NORMAL", "HIGH"] as const)[index % 4];
    const waited = (20 + ((index * 53) % 300)) * MINUTE_MS;
    const worked = (1 + ((index * 11) % 40)) * HOUR_MS;
    let id = "";
    this.#at(at, async () => {
      ({ id } = await this.#by(by).requests.create({ title, category, priority }));
    });
    this.#at(at + waited, () => this.#by(agent as PersonName).requests.start(id));
    this.#at(at + waited + worked, () =>
      index % 13 === 5
        ? this.#by(agent as PersonName).requests.cancel(
            id,
            this.#say(["Filed twice.", "Подана дважды."]),
          )
        : this.#by(agent as PersonName).requests.finish(id),
    );
    if (by === "june") {
      this.#at(at + waited + worked + HOUR_MS, () => this.#by(by).requests.markRead(id));
    }
  }

  #plan({ ago, by, category, priority, title, text, steps = [] }: OfficeRequest, index: number) {
    const filedAt = NOW - spanMs(ago);
    this.#at(filedAt, async () => {
      const { id } = await this.#by(by).requests.create({
        title: this.#say(title),
        description: this.#say(text),
        category,
        ...(priority ? { priority } : {}),
      });
      this.office.requests[index] = id;
    });
    for (const step of steps) {
      this.#at(filedAt + spanMs(step[0]), () => this.#do(step, this.office.requests[index] ?? ""));
    }
  }

  async #do([, by, does, detail]: Step, id: string): Promise<unknown> {
    const { requests, comments } = this.#by(by);
    const text = Array.isArray(detail) ? this.#refer(this.#say(detail as unknown as Words)) : "";
    if (does === "claim") return requests.claim(id);
    if (does === "start") return requests.start(id);
    if (does === "finish") return requests.finish(id);
    if (does === "cancel") return requests.cancel(id, text);
    if (does === "reply") return comments.create(id, { body: text });
    if (does === "note") return comments.create(id, { body: text, visibility: "INTERNAL" });
    if (does === "priority") return requests.update(id, { priority: detail });
    return requests.markRead(id);
  }

  #refer(text: string): string {
    return text.replaceAll(
      /\{(\w+)\}/g,
      (_, name: string) => this.office.requests[REFERENCES[name] ?? 0] ?? "",
    );
  }

  #keys(): void {
    const minutesAgo = (minutes: number) => NOW - minutes * MINUTE_MS;
    const issue = (at: number, by: PersonName, name: Words, more: object = {}) =>
      this.#at(at, () => this.#by(by).apiKeys.issue({ name: this.#say(name), ...more }));
    issue(NOW - 40 * DAY_MS, "dana", ["Spreadsheet of open requests", "Таблица открытых заявок"], {
      scopes: ["requests:read"],
      expiresAt: new Date(NOW + 5 * DAY_MS).toISOString(),
    });
    issue(NOW - 60 * DAY_MS, "ivan", ["Script on my laptop", "Скрипт на ноутбуке"]);
    issue(NOW - 9 * DAY_MS, "sofia", ["Nightly export of the log", "Ночная выгрузка журнала"], {
      scopes: ["requests:read", "admin"],
      expiresAt: new Date(NOW + 80 * DAY_MS).toISOString(),
    });
    this.#at(minutesAgo(600), () =>
      this.#by("sofia").apiKeys.issueFor(this.office.ids.monitoring, {
        name: this.#say(["Probe in the second data centre", "Датчик во втором дата-центре"]),
        scopes: ["requests:read", "requests:write"],
      }),
    );
  }

  #sessions(): void {
    for (const [index, person] of SIGNED_IN.entries()) {
      this.#at(NOW - (160 - index * 7) * MINUTE_MS, async () => {
        const window = await this.#signIn(person, DEVICES.window);
        const phone = await this.#signIn(person, DEVICES.phone);
        this.office.sessions[person] = { window, phone };
      });
    }
  }

  /** As a browser does, with a session in place of the key. */
  async #signIn(person: PersonName, device: string): Promise<Cookie> {
    const answer = await fetch(`${this.#server.url}/api/v1/session`, {
      method: "POST",
      headers: {
        "x-api-key": this.office.keys[person],
        "sec-fetch-site": "same-origin",
        "user-agent": device,
      },
    });
    const [, name, value] = /^([^=]+)=([^;]+)/.exec(answer.headers.get("set-cookie") ?? "") ?? [];
    if (!name || !value) throw new Error(`${person} cannot sign in: ${await answer.text()}`);
    return { name, value };
  }

  #webhooks(): void {
    for (const { path, description, eventTypes, hoursAgo } of ENDPOINTS) {
      this.#at(NOW - hoursAgo * HOUR_MS, () =>
        this.#by("sofia").webhooks.create({
          url: this.#receiver.url + path,
          description: this.#say(description),
          eventTypes: [...eventTypes],
        }),
      );
    }
  }
}
