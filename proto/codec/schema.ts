import protobuf from "protobufjs";
import source from "../caffe.schema" with { type: "text" };
import { CremaError } from "../../base/error.ts";
import { nearest } from "../../base/distance.ts";
import { environmentVariable } from "../../base/environment.ts";
import { type Additions, extendSchema } from "./extend_schema.ts";
import { isOfForks } from "./fork_numbers.ts";

/**
 * caffe.proto as reflection objects, with field names as in prototxt. They are made from caffe.schema, which takes less
 * than half of the time that caffe.proto would at each start. Its text is part of the module graph, so that nothing is
 * read from disk when Crema is imported from a URL.
 */
export const root: protobuf.Root = parseOwn();

const namespace = root.lookup("caffe") as protobuf.Namespace;

function parseOwn(): protobuf.Root {
  return protobuf.Root.fromJSON(JSON.parse(source)).resolveAll() as protobuf.Root;
}

/** The reflected message types of Crema's own schema, in the order of caffe.proto. */
export const messageTypes: readonly protobuf.Type[] = namespace.nestedArray.filter((entry) =>
  entry instanceof protobuf.Type
);

/** A field's name with its message's: "PoolingParameter.stride". */
export function qualifiedName(field: protobuf.Field): string {
  return `${field.parent!.name}.${field.name}`;
}

/** The constructors of arrays of 32 and 64 bit floats. */
export type FloatArrayConstructor = typeof Float32Array | typeof Float64Array;

/** The fields ("Message.field") that hold so many numbers that they are typed arrays. */
export const typedArrayFields: Readonly<Record<string, FloatArrayConstructor>> = {
  "BlobProto.data": Float32Array,
  "BlobProto.diff": Float32Array,
  "BlobProto.double_data": Float64Array,
  "BlobProto.double_diff": Float64Array,
  "Datum.float_data": Float32Array,
};

/** Whether a field holds 64 bits that a number would round: caffe.proto marks those JS_STRING, and they are bigints. */
export function isBigInt(field: protobuf.Field): boolean {
  return field.options?.["jstype"] === "JS_STRING";
}

/**
 * The reflected type of a message name, "NetParameter" for example. If CREMA_PROTO names another caffe.proto,
 * what it adds to Crema's is included. Throws a CremaError for an unknown name, and when that file is missing
 * or contradicts Crema's.
 */
export function messageType(name: string): protobuf.Type {
  extendOnce();
  return ownMessageType(name);
}

/** As {@link messageType}, but without CREMA_PROTO: for code that runs while modules load. */
export function ownMessageType(name: string): protobuf.Type {
  const type = namespace.get(name);
  if (type instanceof protobuf.Type) return type;
  const types = namespace.nestedArray.filter((entry) => entry instanceof protobuf.Type);
  const near = nearest(name, types.map((entry) => entry.name));
  throw new CremaError(
    `Expected the name of a message of caffe.proto but found '${name}'` +
      (near === undefined ? "" : `, did you mean '${near}'?`),
  );
}

/**
 * As {@link messageType}, but where CREMA_PROTO is set, with its numbers for what Crema's schema has of forks
 * too: for bytes that the fork's library reads.
 */
export function forkMessageType(name: string): protobuf.Type {
  const own = messageType(name);
  const path = environmentVariable("CREMA_PROTO");
  if (path === undefined || additions === undefined) return own;
  if (forkNamespace === undefined) {
    forkNamespace = parseOwn().lookup("caffe") as protobuf.Namespace;
    const forks = forkTypes(forkNamespace);
    extendSchema(forkNamespace, readProto(path), path, { numbers: "theirs", forks });
  }
  return forkNamespace.lookupType(name);
}

/** The messages that only forks have: those that Caffe's own files do not hold. */
function forkTypes(namespace: protobuf.Namespace): ReadonlySet<protobuf.Type> {
  const caffes = new Set<protobuf.ReflectionObject>();
  const visit = (type: protobuf.ReflectionObject | null) => {
    if (!(type instanceof protobuf.Type) || caffes.has(type)) return;
    caffes.add(type);
    for (const { id, resolvedType } of type.fieldsArray) if (!isOfForks(id)) visit(resolvedType);
  };
  for (const name of ["NetParameter", "SolverParameter", "SolverState", "BlobProtoVector", "Datum"]) {
    visit(namespace.get(name));
  }
  const types = namespace.nestedArray.filter((entry) => entry instanceof protobuf.Type);
  return new Set(types.filter((type) => !caffes.has(type)));
}

/** What CREMA_PROTO added to Crema's schema; undefined without it. */
export function schemaAdditions(): Additions | undefined {
  extendOnce();
  return additions;
}

let extended = false;
let additions: Additions | undefined;
let forkNamespace: protobuf.Namespace | undefined;

function extendOnce(): void {
  if (extended) return;
  const path = environmentVariable("CREMA_PROTO");
  if (path !== undefined) {
    additions = extendSchema(namespace, readProto(path), path, { forks: forkTypes(namespace) });
  }
  extended = true;
}

function readProto(path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch (cause) {
    throw new CremaError(
      `Expected the caffe.proto that CREMA_PROTO names but found: ${(cause as Error).message}`,
      {
        file: path,
        cause,
      },
    );
  }
}
