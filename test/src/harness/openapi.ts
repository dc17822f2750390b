import { openApiDocument } from "@serviceflow/server";
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";

/** A JSON Schema as the document writes it. */
export interface Schema {
  $ref?: string;
  type?: string | string[];
  enum?: string[];
  format?: string;
  pattern?: string;
  minLength?: number;
  maxLength?: number;
  minimum?: number;
  maximum?: number;
  minItems?: number;
  maxItems?: number;
  items?: Schema;
  properties?: Record<string, Schema>;
  required?: string[];
  additionalProperties?: boolean | Schema;
  anyOf?: Schema[];
  description?: string;
  examples?: unknown[];
}

export interface Parameter {
  in: "path" | "query" | "header";
  name: string;
  description?: string;
  required?: boolean;
  style?: string;
  explode?: boolean;
  schema: Schema;
}

interface MediaType {
  schema: Schema;
  example?: unknown;
  examples?: Record<string, { summary?: string; value: unknown }>;
}

export interface DocumentedResponse {
  description: string;
  headers?: Record<string, { description?: string; schema: Schema }>;
  content?: Record<string, MediaType>;
}

/** An operation of the document, with its references to parameters and responses followed. */
export interface DocumentedOperation {
  id: string;
  method: string;
  path: string;
  /** Whether it asks for no key and no session. */
  isOpenToAll: boolean;
  parameters: Parameter[];
  body: { required: boolean; schema: Schema; example?: unknown } | null;
  responses: Map<number, DocumentedResponse>;
}

interface OperationObject {
  operationId: string;
  security: unknown[];
  parameters?: unknown[];
  requestBody?: { required?: boolean; content: Record<string, MediaType> };
  responses: Record<string, unknown>;
}

const ANNOTATIONS = new Set(["description", "examples"]);

interface Document {
  info: { version: string };
  paths: Record<string, Record<string, OperationObject>>;
  webhooks: Record<
    string,
    { post: { requestBody: { content: { "application/json": MediaType } } } }
  >;
  components: { schemas: Record<string, Schema> };
}

/** The OpenAPI document, read as a client's generator would. */
export class OpenApi {
  readonly document = JSON.parse(openApiDocument()) as Document;
  readonly operations: DocumentedOperation[];
  readonly #ajv = new Ajv2020({ strict: false, allErrors: true });
  readonly #validators = new Map<Schema, ValidateFunction>();

  constructor() {
    addFormats.default(this.#ajv);
    this.#ajv.addSchema(this.document, "document");
    this.operations = Object.entries(this.document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => this.#read(path, method, operation)),
    );
  }

  /** What a reference stands for; anything else is itself. */
  resolve<T>(value: T | { $ref: string }): T {
    if (typeof value !== "object" || value === null || !("$ref" in value) || !value.$ref) {
      return value as T;
    }
    const found = value.$ref
      .split("/")
      .slice(1)
      .reduce<unknown>((node, key) => (node as Record<string, unknown>)[key], this.document);
    return this.resolve(found as T);
  }

  /** What is wrong with a value, or null. */
  faultOf(schema: Schema, value: unknown): string | null {
    let validate = this.#validators.get(schema);
    if (!validate) {
      validate = this.#named(schema) ?? this.#ajv.compile(this.#absolute(schema) as object);
      this.#validators.set(schema, validate);
    }
    return validate(value) ? null : this.#ajv.errorsText(validate.errors);
  }

  #read(path: string, method: string, operation: OperationObject): DocumentedOperation {
    const { operationId, security, parameters = [], requestBody, responses } = operation;
    const body = requestBody?.content["application/json"];
    return {
      id: operationId,
      method: method.toUpperCase(),
      path,
      isOpenToAll: security.length === 0,
      parameters: parameters.map((parameter) => this.resolve(parameter) as Parameter),
      body: body
        ? { required: requestBody.required === true, schema: body.schema, example: body.example }
        : null,
      responses: new Map(
        Object.entries(responses).map(([status, response]) => [
          Number(status),
          this.#response(response),
        ]),
      ),
    };
  }

  #response(response: unknown): DocumentedResponse {
    const { headers = {}, ...rest } = this.resolve(response) as DocumentedResponse;
    return {
      ...rest,
      headers: Object.fromEntries(
        Object.entries(headers).map(([name, header]) => [name, this.resolve(header)]),
      ),
    };
  }

  /** A component is compiled once for all that refer to it. */
  #named({ $ref, ...beside }: Schema): ValidateFunction | undefined {
    if ($ref === undefined || Object.keys(beside).some((name) => !ANNOTATIONS.has(name))) return;
    return this.#ajv.getSchema(`document${$ref}`);
  }

  // A schema that is cut out of the document still refers to the whole.
  #absolute(schema: unknown): unknown {
    if (Array.isArray(schema)) return schema.map((item) => this.#absolute(item));
    if (typeof schema !== "object" || schema === null) return schema;
    return Object.fromEntries(
      Object.entries(schema).map(([key, value]) => [
        key,
        key === "$ref" ? `document${value}` : this.#absolute(value),
      ]),
    );
  }
}
