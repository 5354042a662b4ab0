import protobuf from "protobufjs";
import { nearest } from "../../base/distance.ts";
import { CremaError } from "../../base/error.ts";
import type { LayerParameter } from "../messages.ts";
import { fromPlain } from "../codec/plain.ts";
import { messageType } from "../codec/schema.ts";
import { typeParamField } from "../codec/type_param_field.ts";

/**
 * The layer with the given fields, as pycaffe's net_spec.py takes them. Fields of the type's own parameters
 * go there (`kernel_size` of a Convolution into `convolution_param`), the others into the layer itself. A
 * single value for a repeated field becomes a list, and an object for `param_str` becomes JSON. Throws a
 * CremaError for a field or a value that fits nowhere.
 */
export function layerOfFields(type: string, given: Readonly<Record<string, unknown>>): LayerParameter {
  const layerType = messageType("LayerParameter");
  const own = typeParamField(type);
  const ownType = own?.resolvedType as protobuf.Type | undefined;
  const layer: Record<string, unknown> = {}, ownParam: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined || value === null) continue;
    const ownField = name.endsWith("param") ? undefined : fieldOf(ownType, name);
    const field = ownField ?? fieldOf(layerType, name);
    if (field === undefined) {
      throw noSuchField(type, name, [...ownType === undefined ? [] : [ownType], layerType]);
    }
    (ownField === undefined ? layer : ownParam)[name] = assigned(field, value);
  }
  if (own !== undefined && Object.keys(ownParam).length > 0) {
    layer[own.name] = { ...layer[own.name] as object | undefined, ...ownParam };
  }
  fromPlain(layerType, layer); // refuses values of a wrong type
  return layer;
}

function fieldOf(type: protobuf.Type | undefined, name: string): protobuf.Field | undefined {
  return type !== undefined && Object.hasOwn(type.fields, name) ? type.fields[name] : undefined;
}

function assigned(field: protobuf.Field, value: unknown): unknown {
  const convert = (item: unknown) => {
    if (field.name === "param_str" && typeof item === "object") return JSON.stringify(item);
    if (!(field.resolvedType instanceof protobuf.Type) || item === null || typeof item !== "object") {
      return item;
    }
    const type = field.resolvedType;
    return Object.fromEntries(
      Object.entries(item)
        .filter(([, each]) => each !== undefined)
        // An unknown field stays, for the check of the whole layer to find.
        .map(([name, each]) => {
          const inner = fieldOf(type, name);
          return [name, inner === undefined ? each : assigned(inner, each)];
        }),
    );
  };
  if (!field.repeated || ArrayBuffer.isView(value)) return convert(value);
  return Array.isArray(value) ? value.map(convert) : [convert(value)];
}

function noSuchField(type: string, name: string, messages: readonly protobuf.Type[]): CremaError {
  const near = nearest(name, messages.flatMap(({ fields }) => Object.keys(fields)));
  return new CremaError(`Expected a field of ${type} layers but found '${name}'`, {
    hint: near === undefined ? undefined : `Did you mean '${near}'?`,
  });
}
