import protobuf from "protobufjs";
import { messageType } from "./schema.ts";

/** Layers whose parameters have another layer's name. */
const namesakes = new Map([
  ["Deconvolution", "Convolution"],
  ["Im2col", "Convolution"],
  ["LSTM", "Recurrent"],
  ["RNN", "Recurrent"],
]);

/**
 * The field of LayerParameter that holds the parameters of a layer type, `convolution_param` for Convolution:
 * the one whose message is called after the type. Undefined for a type without a message, as far as Crema's
 * schema and CREMA_PROTO know.
 */
export function typeParamField(type: string): protobuf.Field | undefined {
  const message = `${namesakes.get(type) ?? type}Parameter`;
  return messageType("LayerParameter").fieldsArray.find(({ name, resolvedType }) =>
    name.endsWith("_param") && resolvedType?.name === message
  );
}
