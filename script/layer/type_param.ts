import protobuf from "protobufjs";
import { CremaError, type CremaErrorOptions } from "../../base/error.ts";
import { withDefaults } from "../../proto/codec/defaults.ts";
import { messageType } from "../../proto/codec/schema.ts";
import { typeParamField } from "../../proto/codec/type_param_field.ts";
import type { LayerParameter, MessageName } from "../../proto/messages.ts";
import { locationOf } from "../../proto/text/location.ts";
import type { ScriptLayerClass } from "./script_layer.ts";

/** The parameters of a layer's type, such as `contrastive_loss_param { margin: 5 }`. */
export interface TypeParam {
  /** The field of the layer: `contrastive_loss_param`. */
  readonly field: string;
  /** What the prototxt sets. */
  readonly given: Readonly<Record<string, unknown>>;
  /** The whole message, with the schema's defaults. */
  readonly whole: Readonly<Record<string, unknown>>;
}

/** Fields that every layer may have, whatever its type. */
const COMMON = new Set([
  "name",
  "type",
  "bottom",
  "top",
  "phase",
  "loss_weight",
  "param",
  "blobs",
  "propagate_down",
  "include",
  "exclude",
  "script_param",
  "python_param",
]);

/**
 * The parameters of a script layer's type: those in the field that the class names by `static typeParam`, or
 * else the one called after the type. Undefined when the schema has no such message.
 */
export function typeParamOf(layer: LayerParameter, scriptClass: ScriptLayerClass): TypeParam | undefined {
  const field = fieldOf(layer, scriptClass);
  if (!(field?.resolvedType instanceof protobuf.Type)) return undefined;
  const given = (layer as Record<string, unknown>)[field.name] as TypeParam["given"] | undefined;
  const whole = withDefaults(field.resolvedType.name as MessageName, given);
  return { field: field.name, given: given ?? {}, whole: whole as TypeParam["whole"] };
}

function fieldOf(layer: LayerParameter, { typeParam, type }: ScriptLayerClass): protobuf.Field | undefined {
  if (typeParam !== undefined) {
    const { fields } = messageType("LayerParameter");
    return Object.hasOwn(fields, typeParam) ? fields[typeParam] : undefined;
  }
  const byName = layer.type === "Script" || layer.type === "Python";
  const wanted = byName ? type : layer.type;
  return wanted === undefined ? undefined : typeParamField(wanted);
}

/** Whether the fields of the type's parameters are keys of the layer's `param`, which its schema checks. */
export function isPartOfParam({ field }: TypeParam, { params, reads = [] }: ScriptLayerClass): boolean {
  return params !== undefined && !reads.includes(field);
}

/** Throws a CremaError when the layer has a field that its class does not read, and so would ignore. */
export function checkFieldsRead(
  layer: LayerParameter,
  scriptClass: ScriptLayerClass,
  own: TypeParam | undefined,
  place: CremaErrorOptions,
): void {
  const read = new Set(scriptClass.reads);
  if (own !== undefined && (scriptClass.typeParam !== undefined || isPartOfParam(own, scriptClass))) {
    read.add(own.field);
  }
  for (const [field, value] of Object.entries(layer)) {
    if (COMMON.has(field) || read.has(field) || isEmpty(value)) continue;
    const inner = firstField(value);
    const { name } = scriptClass;
    throw new CremaError(
      `Expected fields that ${name} reads but found ${field}${inner === undefined ? "" : ` with '${inner}'`}`,
      {
        ...place,
        ...locationOf(layer, field),
        hint: field === own?.field
          ? `It would be ignored. \`static params\` of the class takes its fields; ` +
            `\`static typeParam = "${field}"\` says that the class reads this.typeParam.`
          : `It would be ignored. \`static reads = ["${field}"]\` says that the class reads it from this.layerParam.`,
      },
    );
  }
}

function isEmpty(value: unknown): boolean {
  return value === undefined ||
    (typeof value === "object" && value !== null && Object.keys(value).length === 0);
}

function firstField(value: unknown): string | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? Object.keys(value)[0]
    : undefined;
}
