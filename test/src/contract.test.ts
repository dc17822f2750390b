import { readFileSync } from "node:fs";
import { ERRORS } from "@serviceflow/domain";
import { OPERATIONS, openApiDocument } from "@serviceflow/server";
import { describe, expect, it, vi } from "vitest";
import { OpenApi, type Schema } from "./harness/openapi.ts";

const openApi = new OpenApi();
const { document, operations } = openApi;

/** Every schema with its place in the document, those inside others included. */
function schemas(): [place: string, schema: Schema][] {
  const found: [string, Schema][] = [];
  const visit = (place: string, schema: Schema) => {
    found.push([place, schema]);
    for (const [name, field] of Object.entries(schema.properties ?? {}))
      visit(`${place}.${name}`, field);
    for (const [index, option] of (schema.anyOf ?? []).entries())
      visit(`${place}|${index}`, option);
    if (schema.items) visit(`${place}[]`, schema.items);
    if (typeof schema.additionalProperties === "object")
      visit(`${place}.*`, schema.additionalProperties);
  };
  for (const [name, schema] of Object.entries(document.components.schemas)) visit(name, schema);
  for (const { id, parameters, body, responses } of operations) {
    for (const { name, schema } of parameters) visit(`${id} ${name}`, schema);
    if (body) visit(`${id} body`, body.schema);
    for (const [status, { content = {}, headers = {} }] of responses) {
      for (const { schema } of Object.values(content)) visit(`${id} ${status}`, schema);
      for (const [name, { schema }] of Object.entries(headers))
        visit(`${id} ${status} ${name}`, schema);
    }
  }
  return found;
}

describe("the OpenAPI document", () => {
  it("has exactly one operation for every procedure, and what browsers and the provider call", () => {
    const described = (name: string, method: string, path: string) => `${name} ${method} ${path}`;
    const procedures = OPERATIONS.map(({ name, method, path }) => described(name, method, path));
    const others = [
      "sessions.backchannelLogout POST /session/oidc/backchannel-logout",
      "sessions.options GET /session/options",
      "sessions.signIn GET /session/oidc",
      "sessions.signInCallback GET /session/oidc/callback",
      "sessions.signOutAtProvider GET /session/oidc/sign-out",
    ];
    expect(operations.map(({ id, method, path }) => described(id, method, path)).sort()).toEqual(
      [...procedures, ...others].sort(),
    );
  });

  it("has the version of the server's package", () => {
    const manifest = new URL("../../packages/server/package.json", import.meta.url);
    expect(document.info.version).toBe(JSON.parse(readFileSync(manifest, "utf8")).version);
  });

  it("is built reproducibly", async () => {
    vi.resetModules();
    const again = await import("@serviceflow/server");
    expect(again.openApiDocument).not.toBe(openApiDocument);
    expect(again.openApiDocument()).toBe(openApiDocument());
  });

  it("has examples that its schemas accept", () => {
    const faults = schemas().flatMap(([place, schema]) =>
      (schema.examples ?? []).flatMap((example) => {
        const fault = openApi.faultOf(schema, example);
        return fault ? [`${place}: ${JSON.stringify(example)} ${fault}`] : [];
      }),
    );
    expect(faults).toEqual([]);
  });

  it("has an example of every JSON body and answer, which its schema accepts", () => {
    const faults: string[] = [];
    const check = (place: string, schema: Schema, example: unknown) => {
      const fault = example === undefined ? "has none" : openApi.faultOf(schema, example);
      if (fault) faults.push(`${place}: ${fault}`);
    };
    for (const { id, body, responses } of operations) {
      if (body) check(`${id} body`, body.schema, body.example);
      for (const [status, { content = {} }] of responses) {
        const json = content["application/json"];
        if (!json) continue;
        const [example] = Object.values(json.examples ?? {});
        check(`${id} ${status}`, json.schema, example && openApi.resolve(example).value);
      }
    }
    for (const [type, { post }] of Object.entries(document.webhooks)) {
      const message = post.requestBody.content["application/json"];
      check(`${type} message`, message.schema, message.example);
    }
    expect(faults).toEqual([]);
  });

  it("names every JSON body, and has one schema for one thing", () => {
    const bodies = operations.flatMap(({ body }) => (body ? [body.schema] : []));
    const messages = Object.values(document.webhooks).map(
      ({ post }) => post.requestBody.content["application/json"].schema,
    );
    expect(bodies.length).toBeGreaterThan(15);
    expect([...bodies, ...messages].filter(({ $ref }) => $ref === undefined)).toEqual([]);

    const forms = Object.entries(document.components.schemas).map(([name, schema]) => {
      const { description: _, ...rest } = schema;
      // An input that an output differs from has the name of the other and `Output`.
      return [JSON.stringify(rest).replaceAll('Output"', '"'), name] as const;
    });
    const alike = forms.filter(([form, name]) =>
      forms.some(([other, another]) => other === form && another !== name),
    );
    expect(alike).toEqual([]);
  });

  it("repeats the name of a list in a query, and says how wide a whole number is", () => {
    const lists = operations.flatMap(({ id, parameters }) =>
      parameters
        .filter((each) => each.in === "query" && each.schema.type === "array")
        .map(({ name, style, explode }) => `${id} ${name} ${style} ${explode}`),
    );
    expect(lists).toContain("requests.list status form true");
    expect(lists).toContain("requests.list category form true");
    expect(lists).toContain("events.list type form true");
    expect(lists.filter((each) => each.endsWith("undefined"))).toEqual([]);

    const isWhole = ({ type }: Schema) => [type].flat().includes("integer");
    const unsized = schemas().filter(([, schema]) => isWhole(schema) && !schema.format);
    expect(unsized).toEqual([]);
  });

  it("has an example problem with the right code and status for every error", () => {
    const faults: string[] = [];
    for (const { id, responses } of operations) {
      for (const [status, { description, content = {} }] of responses) {
        const problem = content["application/problem+json"];
        if (!problem) continue;
        const codes = [...description.matchAll(/`(\w+)`/g)].map((match) => match[1]);
        expect(Object.keys(problem.examples ?? {}), `${id} ${status}`).toEqual(codes);
        for (const [code, reference] of Object.entries(problem.examples ?? {})) {
          const { value } = openApi.resolve(reference);
          const fault = openApi.faultOf(problem.schema, value);
          if (fault) faults.push(`${id} ${code}: ${fault}`);
          expect(value).toMatchObject({ code, status });
          expect(ERRORS).toHaveProperty([code, "status"], status);
        }
      }
    }
    expect(faults).toEqual([]);
  });

  it("ends no description with two full stops", () => {
    const texts = [
      ...openApiDocument().matchAll(/"(?:description|summary|detail|title)": "(.*)"/g),
    ];
    expect(texts.length).toBeGreaterThan(100);
    expect(
      texts.map(([, text = ""]) => text).filter((text) => /(?<!\.)\.\.(?!\.)/.test(text)),
    ).toEqual([]);
  });

  it("describes every field and parameter", () => {
    const undescribed = schemas()
      .flatMap(([place, schema]) =>
        Object.entries(schema.properties ?? {}).map(([name, field]) => ({
          place: `${place}.${name}`,
          description: field.description ?? openApi.resolve<Schema>(field as Schema).description,
        })),
      )
      .concat(
        operations.flatMap(({ id, parameters }) =>
          parameters.map(({ name, description }) => ({ place: `${id} ${name}`, description })),
        ),
      )
      .filter(({ description }) => !description);
    expect(undescribed).toEqual([]);
  });

  it("has an example of every string, number and enum", () => {
    const isLeaf = ({ type, anyOf, $ref, items }: Schema) =>
      !$ref && !items && (anyOf !== undefined || (type !== undefined && type !== "object"));
    const withoutExample = schemas()
      .filter(([, schema]) => isLeaf(schema) && !schema.examples)
      // An alternative and an item stand beside the example of the whole, a reference beside that of its object.
      .filter(([place]) => !/(\|\d|\[\])$/.test(place))
      .filter(([, schema]) => !schema.anyOf?.some((option) => option.$ref))
      .map(([place]) => place);
    expect(withoutExample).toEqual([]);
  });

  it("allows additional properties in responses but not in requests", () => {
    const openBodies = operations
      .filter(
        ({ body }) => body && openApi.resolve<Schema>(body.schema).additionalProperties !== false,
      )
      .map(({ id }) => id);
    const closed = Object.entries(document.components.schemas)
      .filter(([, schema]) => schema.additionalProperties === false)
      .map(([name]) => name);
    const bodies = operations.flatMap(({ body }) => body?.schema.$ref?.split("/").at(-1) ?? []);
    expect(openBodies).toEqual([]);
    expect(closed.sort()).toEqual([...new Set(bodies)].sort());
  });
});
