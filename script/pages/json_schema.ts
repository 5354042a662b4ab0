/** A JSON Schema, as far as layers' pages need it. */
export interface JsonSchema {
  /** "number", "string", "array" and so on. */
  type?: string | string[] | undefined;
  /** A description for people. */
  description?: string | undefined;
  /** The value when none is given. */
  default?: unknown;
  /** The allowed values. */
  enum?: unknown[] | undefined;
  /** The only allowed value. */
  const?: unknown;
  /** Schemas of which at least one must fit. */
  anyOf?: JsonSchema[] | undefined;
  /** Schemas of which exactly one must fit. */
  oneOf?: JsonSchema[] | undefined;
  /** The schema of an array's elements. */
  items?: JsonSchema | boolean | undefined;
  /** The schemas of a tuple's elements. */
  prefixItems?: JsonSchema[] | undefined;
  /** The schemas of an object's values, by key. */
  properties?: Record<string, JsonSchema> | undefined;
  /** The keys that an object must have. */
  required?: string[] | undefined;
  /** The smallest allowed number. */
  minimum?: number | undefined;
  /** The largest allowed number. */
  maximum?: number | undefined;
  /** A number must be larger than this. */
  exclusiveMinimum?: number | undefined;
  /** A number must be smaller than this. */
  exclusiveMaximum?: number | undefined;
}

const UNLIMITED = Number.MAX_SAFE_INTEGER;

/**
 * A schema in a few words.
 *
 * ```ts
 * import { schemaText } from "./json_schema.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(schemaText({ type: "number", exclusiveMinimum: 0 }), "number > 0");
 * assert.equal(schemaText({ type: "array", items: { type: "integer", minimum: 1 } }), "list of integer ≥ 1");
 * assert.equal(schemaText({ enum: ["mean", "sum"] }), '"mean" or "sum"');
 * ```
 */
export function schemaText(schema: JsonSchema): string {
  const any = schema.anyOf ?? schema.oneOf;
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum !== undefined) return schema.enum.map((value) => JSON.stringify(value)).join(" or ");
  if (any !== undefined) return [...new Set(any.map(schemaText))].join(" or ");
  if (Array.isArray(schema.type)) return schema.type.join(" or ");
  if (schema.prefixItems !== undefined) return `[${schema.prefixItems.map(schemaText).join(", ")}]`;
  if (schema.type === "array") {
    return typeof schema.items === "object" ? `list of ${schemaText(schema.items)}` : "list";
  }
  if (schema.type === "object" && schema.properties !== undefined) {
    const keys = Object.entries(schema.properties).map(([key, value]) => `${key}: ${schemaText(value)}`);
    return `{ ${keys.join(", ")} }`;
  }
  const limits = [
    limit("≥", schema.minimum),
    limit(">", schema.exclusiveMinimum),
    limit("≤", schema.maximum),
    limit("<", schema.exclusiveMaximum),
  ].filter((each) => each !== "");
  return [schema.type ?? "anything", limits.join(" and ")].filter((each) => each !== "").join(" ");
}

/** A value that fits a schema: its default, else the simplest one. */
export function sampleOf(schema: JsonSchema): unknown {
  if (schema.default !== undefined) return schema.default;
  if (schema.const !== undefined) return schema.const;
  if (schema.enum !== undefined) return schema.enum[0];
  const any = schema.anyOf ?? schema.oneOf;
  if (any?.[0] !== undefined) return sampleOf(any[0]);
  switch (Array.isArray(schema.type) ? schema.type[0] : schema.type) {
    case "number":
    case "integer":
      return sampleNumber(schema);
    case "string":
      return "…";
    case "boolean":
      return true;
    case "array":
      return schema.prefixItems?.map(sampleOf) ??
        (typeof schema.items === "object" ? [sampleOf(schema.items)] : []);
    case "object":
      return sampleObject(schema);
    default:
      return null;
  }
}

/** Sample values for the keys that an object must have and that have no default. */
export function sampleObject({ properties = {}, required = [] }: JsonSchema): Record<string, unknown> {
  const needed = required.filter((key) => properties[key]?.default === undefined);
  return Object.fromEntries(needed.map((key) => [key, sampleOf(properties[key] ?? {})]));
}

function sampleNumber({ type, minimum, maximum, exclusiveMinimum, exclusiveMaximum }: JsonSchema): number {
  const step = type === "integer" ? 1 : 0.5;
  if (exclusiveMinimum !== undefined && exclusiveMinimum >= -UNLIMITED) return exclusiveMinimum + step;
  const least = minimum ?? -UNLIMITED;
  if (least >= 1) return least;
  const most = Math.min(maximum ?? UNLIMITED, (exclusiveMaximum ?? UNLIMITED) - step);
  return Math.min(1, most);
}

function limit(sign: string, value: number | undefined): string {
  return value === undefined || Math.abs(value) >= UNLIMITED ? "" : `${sign} ${value}`;
}
