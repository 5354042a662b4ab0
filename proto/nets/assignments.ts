import protobuf from "protobufjs";
import { nearest } from "../../base/distance.ts";
import { CremaError } from "../../base/error.ts";
import { messageType } from "../codec/schema.ts";
import { typeParamField } from "../codec/type_param_field.ts";
import type { LayerParameter, NetParameter, SolverParameter } from "../messages.ts";
import { copyLocation } from "../text/location.ts";
import { setField } from "../text/set_field.ts";

/** A field that is set from outside of a prototxt: `base_lr=0.01`, `net:conv1.num_output=32`. */
export interface Assignment {
  /** Whether the field is the solver's or its nets'. */
  readonly of: "solver" | "net";
  /** The field; in a net, after the name of its layer. */
  readonly path: string;
  /** The value, as a prototxt has it. */
  readonly value: string;
  /** What errors name as the place. */
  readonly from: string;
}

/**
 * Reads assignments: `path=value`, after `solver:` or `net:` where it does not belong to what is read, `of`. Throws a
 * CremaError for one that can't be read, and for a field of a solver where there is only a net.
 */
export function parseAssignments(texts: readonly string[], of: "solver" | "net"): Assignment[] {
  return texts.map((text) => {
    const from = `--set ${text}`;
    const [, prefix, path = "", value = ""] = /^\s*(?:(solver|net):)?([^=]+)=(.*)$/s.exec(text) ?? [];
    if (path.trim() === "") {
      throw new CremaError(
        "Expected path=value, such as base_lr=0.01 or net:conv1.num_output=32, but found none",
        {
          file: from,
        },
      );
    }
    if (prefix === "solver" && of === "net") {
      throw new CremaError("Expected a field of the net but found one of a solver, which is not read here", {
        file: from,
      });
    }
    return { of: (prefix as Assignment["of"] | undefined) ?? of, path: path.trim(), value, from };
  });
}

/** The solver with those assignments that are its own. Throws a CremaError for a field that it does not have. */
export function assignSolver(solver: SolverParameter, assignments: readonly Assignment[]): SolverParameter {
  return assignments.filter(({ of }) => of === "solver").reduce(
    (message, { path, value, from }) => {
      try {
        return setField("SolverParameter", message, path, value, { from });
      } catch (error) {
        if (!(error instanceof CremaError) || Object.hasOwn(solverFields(), path.split(/[.[]/)[0]!)) {
          throw error;
        }
        throw new CremaError(error.reason, {
          file: from,
          hint: "A field of a layer is written net:layer.field=value.",
          cause: error,
        });
      }
    },
    solver,
  );
}

function solverFields(): Record<string, protobuf.Field> {
  return messageType("SolverParameter").fields;
}

/**
 * Nets with those assignments that are theirs: of a field of the net itself (`force_backward`), or of a layer by its name
 * (`conv1.num_output`). That field is one of the layer's own, or of the parameters of its type; a whole path,
 * `conv1.convolution_param.num_output`, is always clear. All layers of the name get the value, in whichever net and
 * phase; an index, `data[1].batch_size`, chooses one of them. The nets must be upgraded and not filtered. Throws a
 * CremaError when no net has the layer, or it has no such field.
 */
export function assignNets(
  nets: readonly NetParameter[],
  assignments: readonly Assignment[],
): NetParameter[] {
  return assignments.filter(({ of }) => of === "net").reduce<NetParameter[]>(assignOne, [...nets]);
}

function assignOne(nets: readonly NetParameter[], assignment: Assignment): NetParameter[] {
  const { path, value, from } = assignment;
  const names = new Set(nets.flatMap(({ layer = [] }) => layer.map(({ name = "" }) => name)));
  // The longest name: names may have dots.
  const name = [...names].filter((each) => isLayerPath(path, each)).sort((a, b) => b.length - a.length)[0];
  if (name === undefined) {
    const [first = ""] = path.split(/[.[]/);
    if (Object.hasOwn(messageType("NetParameter").fields, first)) {
      return nets.map((net) => setField("NetParameter", net, path, value, { from }));
    }
    const near = nearest(first, names);
    throw new CremaError(
      `Expected a layer of the net and its field, such as conv1.num_output, but found '${path}'` +
        (near === undefined ? "" : `, did you mean '${near}'?`),
      { file: from },
    );
  }
  const [, index, rest = ""] = /^(?:\[(\d+)\])?\.(.*)$/s.exec(path.slice(name.length))!;
  let changed = 0;
  const result = nets.map((net) => {
    let among = 0;
    const layer = net.layer?.map((each) => {
      if (each.name !== name || (index !== undefined && among++ !== Number(index))) return each;
      changed++;
      return setField("LayerParameter", each, fieldPath(each, rest, from), value, { from });
    });
    return copyLocation(net, { ...net, ...layer && { layer } });
  });
  if (changed === 0) {
    throw new CremaError(`Expected an index of a layer '${name}' but found ${index}`, { file: from });
  }
  return result;
}

function isLayerPath(path: string, name: string): boolean {
  return name !== "" && path.startsWith(name) && /^(\[\d+\])?\./.test(path.slice(name.length));
}

/** A path inside of a layer, with the name of the `_param` that has the field before it where that was left out. */
function fieldPath(layer: LayerParameter, path: string, from: string): string {
  const [name = ""] = path.split(/[.[]/);
  const { fields } = messageType("LayerParameter");
  if (Object.hasOwn(fields, name)) return path;
  const candidates = paramFields(layer);
  const owners = candidates.filter(({ resolvedType }) =>
    Object.hasOwn((resolvedType as protobuf.Type).fields, name)
  );
  // Data layers have deprecated fields of the same names, which upgrading moves there.
  const owner = owners.find((each) => each.name === "transform_param") ?? owners[0];
  if (owner !== undefined && (owners.length === 1 || owner.name === "transform_param")) {
    return `${owner.name}.${path}`;
  }
  if (owners.length > 1) {
    const names = owners.map((owner) => owner.name);
    throw new CremaError(`Expected one message with '${name}' but found ${names.join(" and ")}`, {
      file: from,
      layer: layer.name,
      hint: `Write the whole path: ${names[0]}.${path}.`,
    });
  }
  const known = candidates.flatMap(({ resolvedType }) => Object.keys((resolvedType as protobuf.Type).fields));
  const near = nearest(name, [...known, ...Object.keys(fields)]);
  const elsewhere = Object.values(fields).filter(({ name: param, resolvedType }) =>
    param.endsWith("_param") && resolvedType instanceof protobuf.Type &&
    Object.hasOwn(resolvedType.fields, name)
  ).slice(0, 3);
  throw new CremaError(
    `Expected a field of the ${layer.type} layer but found '${name}'` +
      (near === undefined ? "" : `, did you mean '${near}'?`),
    {
      file: from,
      layer: layer.name,
      hint: near !== undefined || elsewhere.length === 0
        ? undefined
        : `Write the whole path, such as ${elsewhere[0]!.name}.${path}.`,
    },
  );
}

/** The messages in which a layer's fields are looked for: those that it has, and that of its type. */
function paramFields(layer: LayerParameter): protobuf.Field[] {
  const { type = "" } = layer;
  const own = typeParamField(type);
  const { fields } = messageType("LayerParameter");
  const isData = type.endsWith("Data");
  return Object.values(fields).filter(({ name, resolvedType }) =>
    resolvedType instanceof protobuf.Type && name.endsWith("_param") &&
    (Object.hasOwn(layer, name) || name === own?.name || (isData && name === "transform_param"))
  );
}
