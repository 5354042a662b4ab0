import protobuf from "protobufjs";
import { root } from "./root.ts";

/** proto/caffe.proto with its comments, from which the other forms of the schema are generated. */
export const caffeProto = protobuf.parse(Deno.readTextFileSync(`${root}/proto/caffe.proto`), {
  keepCase: true,
  alternateCommentMode: true,
  preferTrailingComment: true,
}).root.resolveAll() as protobuf.Root;

const namespace = caffeProto.lookup("caffe") as protobuf.Namespace;

/** Its messages, in order. */
export const protoMessages: readonly protobuf.Type[] = namespace.nestedArray.filter((entry) =>
  entry instanceof protobuf.Type
);

/** Its enums outside of messages, in order. */
export const protoEnums: readonly protobuf.Enum[] = namespace.nestedArray.filter((entry) =>
  entry instanceof protobuf.Enum
);

/**
 * The text of proto/caffe.schema, which Crema reads at each start, as it takes less time: protobufjs's JSON. (An npm
 * package can't import a file called .json as text.)
 */
export function caffeSchema(): string {
  return `${JSON.stringify(caffeProto)}\n`;
}
