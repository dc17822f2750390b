import { type Contract, type Field, isSchema, objectOf, SCHEMAS, type Schema } from "./schema.ts";

/** Reads an OpenAPI document: an operation is a function, a webhook a function that the program supplies. */
export function readOpenApi(document: Schema): Contract {
  /** What a `$ref` within the document points to, with what is written beside it. */
  function resolve({ $ref, ...schema }: Schema): Schema {
    if (typeof $ref !== "string") return schema;
    const target = $ref
      .split("/")
      .slice(1)
      .reduce((value, key) => at(value, key.replaceAll("~1", "/").replaceAll("~0", "~")), document);
    return { ...resolve(target), ...schema };
  }
  const at = (holder: Schema, key: string): Schema => {
    const value = holder[key];
    return isSchema(value) ? resolve(value) : {};
  };
  const entries = (holder: Schema, key: string) =>
    Object.keys(at(holder, key)).map((name) => [name, at(at(holder, key), name)] as const);

  function operations(section: string, nameOf: (path: string, method: string) => string): Field[] {
    return entries(document, section).flatMap(([path, item]) =>
      Object.keys(item)
        .filter((method) => "responses" in at(item, method))
        .map((method) => [nameOf(path, method), operationOf(at(item, method), item)] as const),
    );
  }

  function operationOf(operation: Schema, item: Schema): Schema {
    const listed = [item.parameters ?? [], operation.parameters ?? []].flat() as Schema[];
    const parameters = listed.map(resolve).map((parameter): Field => {
      const isHeader = parameter.in === "header";
      const name = isHeader ? String(parameter.name).toLowerCase() : parameter.name;
      return [`${parameter.in} ${name}`, schemaIn(parameter), !parameter.required];
    });
    const body = at(operation, "requestBody");
    const { security = document.security } = operation;
    const isFree = !Array.isArray(security) || security.length === 0;
    const responses = entries(operation, "responses").map(([status, response]): Field => {
      const headers = entries(response, "headers").map(
        ([name, header]): Field => [`header ${name}`, schemaIn(header), !header.required],
      );
      return [status, objectOf([...headers, ["body", contentOf(response)]])];
    });
    const statuses = responses.map(([status]) => status);
    const types = entries(operation, "responses").flatMap(([status, response]) =>
      entries(response, "content").map(([type]) => `${status} ${type}`),
    );
    return {
      type: "operation",
      parameters: objectOf([
        ...parameters,
        ...(operation.requestBody ? [["body", contentOf(body), !body.required] as const] : []),
        ["credentials", { enum: isFree ? [{}] : security }],
      ]),
      returns: objectOf([
        ...responses,
        ["operationId", { const: operation.operationId }],
        // Programs look for a further error, and not for a further way to succeed.
        ["successes", { const: statuses.filter(isSuccess) }],
        // Generated clients type an answer as a union of what its media types hold.
        ["media types", { const: types.filter(isSuccess) }],
      ]),
    };
  }

  /** What a body can be, by media type. */
  function contentOf(holder: Schema): Schema {
    const types = entries(holder, "content");
    return objectOf(types.map(([type, media]) => [type, schemaIn(media), true]));
  }

  const names = entries(at(document, "components"), "schemas");
  const webhooks = operations("webhooks", (path) => path);
  const supplied = objectOf(webhooks.map(([name, schema]) => [name, schema, true]));
  return {
    provides: objectOf([
      ...operations("paths", (path, method) => `${method.toUpperCase()} ${path}`),
      ["webhook", { type: "function", parameters: supplied }],
    ]),
    types: Object.fromEntries(names.map(([name]) => [name, { $ref: `${SCHEMAS}${name}` }])),
    resolve,
  };
}

function isSuccess(text: string): boolean {
  return /^[23]/.test(text);
}

function schemaIn({ schema }: Schema): Schema {
  return isSchema(schema) ? schema : {};
}
