import type { BreakingChange } from "./change.ts";
import { isObject, type Json, resolve } from "./json.ts";
import { compareSchemas } from "./schema.ts";
import type { Direction } from "./schema-limits.ts";

const METHODS = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];

/**
 * What in an OpenAPI document can break a client of the one before: what a client may send must still be taken, and what it
 * relies on must still be answered. Clients are told to expect further values in answers, so those are free.
 */
export function compareOpenApi(before: Json, after: Json): BreakingChange[] {
  const comparison = new Comparison(before, after);
  return [
    ...comparison.operations("paths", "request"),
    // Here the server calls the client.
    ...comparison.operations("webhooks", "response"),
    ...comparison.names(),
  ];
}

class Comparison {
  readonly #before: Json;
  readonly #after: Json;

  constructor(before: Json, after: Json) {
    this.#before = before;
    this.#after = after;
  }

  operations(section: "paths" | "webhooks", sent: Direction): BreakingChange[] {
    return keysOf(this.#before[section]).flatMap((path) => {
      const old = this.#at(this.#before, this.#before[section], path);
      const now = this.#at(this.#after, this.#after[section], path);
      if (!now) return [{ subject: path, what: "was removed" }];
      return METHODS.flatMap((method) => {
        const operation = this.#at(this.#before, old, method);
        if (!operation) return [];
        const subject = section === "paths" ? `${method.toUpperCase()} ${path}` : path;
        const still = this.#at(this.#after, now, method);
        if (!still) return [{ subject, what: "was removed" }];
        return [
          ...nameKept(subject, operation, still),
          ...this.#security(subject, operation, still),
          ...this.#parameters(subject, [old ?? {}, operation], [now, still], sent),
          ...this.#body(subject, operation, still, sent),
          ...this.#responses(
            subject,
            operation,
            still,
            sent === "request" ? "response" : "request",
          ),
        ];
      });
    });
  }

  /** Clients that are generated have the schemas' names as names of types. */
  names(): BreakingChange[] {
    const schemas = (document: Json) => this.#at(document, document.components, "schemas");
    const now = schemas(this.#after) ?? {};
    return keysOf(schemas(this.#before))
      .filter((name) => !(name in now))
      .map((name) => ({ subject: `the schema ${name}`, what: "was removed" }));
  }

  #security(subject: string, old: Json, now: Json): BreakingChange[] {
    const ways = (operation: Json, document: Json) => {
      const listed = operation.security ?? document.security ?? [];
      const each = (Array.isArray(listed) ? listed : []).map((one) => JSON.stringify(one));
      return each.length > 0 ? each : ["{}"];
    };
    const still = ways(now, this.#after);
    return ways(old, this.#before)
      .filter((way) => !still.includes(way))
      .map((way) => ({ subject, what: `can no longer be called with the credentials ${way}` }));
  }

  #parameters(subject: string, old: Json[], now: Json[], sent: Direction): BreakingChange[] {
    const before = this.#parametersOf(this.#before, old);
    const after = this.#parametersOf(this.#after, now);
    const kept = [...before].flatMap(([name, parameter]) => {
      const at = `${subject}, ${name}`;
      const still = after.get(name);
      if (!still) return [{ subject: at, what: "was removed" }];
      return [
        ...(sent === "request" && !parameter.required && still.required
          ? [{ subject: at, what: "is required now" }]
          : []),
        ...(sent === "response" && parameter.required && !still.required
          ? [{ subject: at, what: "is no longer always there" }]
          : []),
        ...this.#schema(at, parameter, still, sent),
      ];
    });
    const added = [...after].flatMap(([name, parameter]) =>
      sent === "request" && !before.has(name) && parameter.required
        ? [{ subject: `${subject}, ${name}`, what: "is new and required" }]
        : [],
    );
    return [...kept, ...added];
  }

  #parametersOf(document: Json, holders: Json[]): Map<string, Json> {
    const listed = holders.flatMap(({ parameters }) =>
      Array.isArray(parameters) ? parameters : [],
    );
    return new Map(
      listed.map((one) => {
        const parameter = resolve(document, one as Json);
        // The names of headers have no case.
        const isHeader = parameter.in === "header";
        const name = isHeader ? String(parameter.name).toLowerCase() : parameter.name;
        return [`${parameter.in} parameter ${name}`, parameter] as const;
      }),
    );
  }

  #body(subject: string, old: Json, now: Json, sent: Direction): BreakingChange[] {
    const before = this.#at(this.#before, old, "requestBody");
    const after = this.#at(this.#after, now, "requestBody");
    const at = `${subject}, body`;
    if (!before) {
      const isNeeded = sent === "request" && after?.required === true;
      return isNeeded ? [{ subject: at, what: "is new and required" }] : [];
    }
    if (!after) return [{ subject: at, what: "was removed" }];
    const isNeeded = sent === "request" && !before.required && after.required === true;
    return [
      ...(isNeeded ? [{ subject: at, what: "is required now" }] : []),
      ...this.#content(at, before, after, sent),
    ];
  }

  #responses(subject: string, old: Json, now: Json, sent: Direction): BreakingChange[] {
    const before = this.#at(this.#before, old, "responses");
    const after = this.#at(this.#after, now, "responses");
    const kept = keysOf(before).flatMap((status) => {
      const at = `${subject}, response ${status}`;
      const response = this.#at(this.#before, before, status) ?? {};
      const still = this.#at(this.#after, after, status);
      if (!still) return [{ subject: at, what: "was removed" }];
      return [
        ...this.#headers(at, response, still, sent),
        ...this.#content(at, response, still, sent),
      ];
    });
    const added = keysOf(after).filter(
      (status) => /^[23]/.test(status) && !(status in (before ?? {})),
    );
    return [
      ...kept,
      ...added.map((status) => ({
        subject: `${subject}, response ${status}`,
        what: "is a new way to succeed, which clients do not look for",
      })),
    ];
  }

  #headers(subject: string, old: Json, now: Json, sent: Direction): BreakingChange[] {
    const before = this.#at(this.#before, old, "headers");
    const after = this.#at(this.#after, now, "headers");
    return keysOf(before).flatMap((name) => {
      const at = `${subject}, header ${name}`;
      const header = this.#at(this.#before, before, name) ?? {};
      const still = this.#at(this.#after, after, name);
      if (!still) return [{ subject: at, what: "was removed" }];
      const isLoose = header.required === true && still.required !== true;
      return [
        ...(isLoose ? [{ subject: at, what: "is no longer always there" }] : []),
        ...this.#schema(at, header, still, sent),
      ];
    });
  }

  #content(subject: string, old: Json, now: Json, sent: Direction): BreakingChange[] {
    const before = this.#at(this.#before, old, "content");
    const after = this.#at(this.#after, now, "content");
    return keysOf(before).flatMap((type) => {
      const media = this.#at(this.#before, before, type) ?? {};
      const still = this.#at(this.#after, after, type);
      if (!still) return [{ subject: `${subject}, ${type}`, what: "was removed" }];
      return this.#schema(subject, media, still, sent);
    });
  }

  #schema(subject: string, old: Json, now: Json, sent: Direction): BreakingChange[] {
    if (!isObject(old.schema) || !isObject(now.schema)) return [];
    return compareSchemas(
      { document: this.#before, schema: old.schema },
      { document: this.#after, schema: now.schema },
      sent,
    ).map(({ subject: at, what }) => ({
      subject: at === "" ? subject : `${subject}, ${at}`,
      what,
    }));
  }

  #at(document: Json, holder: unknown, key: string): Json | undefined {
    const value = isObject(holder) ? holder[key] : undefined;
    return isObject(value) ? resolve(document, value) : undefined;
  }
}

function nameKept(subject: string, old: Json, now: Json): BreakingChange[] {
  if (old.operationId === now.operationId) return [];
  return [{ subject, what: `was called ${old.operationId}, and is ${now.operationId}` }];
}

function keysOf(value: unknown): string[] {
  return isObject(value) ? Object.keys(value) : [];
}
