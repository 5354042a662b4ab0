import protobuf from "protobufjs";
import source from "./caffe.proto" with { type: "text" };
import { CremaError } from "./error.ts";
import { nearest } from "./distance.ts";

/**
 * caffe.proto as reflection objects, field names as in prototxt. The text is part of the module graph, so that
 * nothing is read from disk when Crema is imported from a URL.
 */
export const root: protobuf.Root = protobuf.parse(source, {
  keepCase: true,
  alternateCommentMode: true,
  preferTrailingComment: true,
}).root;
root.resolveAll();

const namespace = root.lookup("caffe") as protobuf.Namespace;

/** The reflected message types of the schema, in the order of caffe.proto. */
export const messageTypes: readonly protobuf.Type[] = namespace.nestedArray.filter((entry) =>
  entry instanceof protobuf.Type
);

const typesByName = new Map(messageTypes.map((type) => [type.name, type]));

/** The constructors of arrays of 32 and 64 bit floats. */
export type FloatArrayConstructor = typeof Float32Array | typeof Float64Array;

/** Fields, by "Message.field", that hold so many numbers that they are typed arrays. */
export const typedArrayFields: Readonly<Record<string, FloatArrayConstructor>> = {
  "BlobProto.data": Float32Array,
  "BlobProto.diff": Float32Array,
  "BlobProto.double_data": Float64Array,
  "BlobProto.double_diff": Float64Array,
  "Datum.float_data": Float32Array,
};

/** The reflected type of a message name, "NetParameter" for example. Throws a CremaError for an unknown name. */
export function messageType(name: string): protobuf.Type {
  const type = typesByName.get(name);
  if (type === undefined) {
    const near = nearest(name, [...typesByName.keys()]);
    throw new CremaError(
      `Expected the name of a message of caffe.proto but found '${name}'` +
        (near === undefined ? "" : `, did you mean '${near}'?`),
    );
  }
  return type;
}
