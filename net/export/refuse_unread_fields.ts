import { CremaError } from "../../base/error.ts";
import { CAFFE_TYPES, READ_FORK_FIELDS } from "../../ffi/fork_fields.ts";
import { unreadField } from "../../proto/codec/unread_field.ts";
import type { NetParameter } from "../../proto/messages.ts";
import { locationOf } from "../../proto/text/location.ts";

/**
 * Throws a CremaError for a field that exporters do not read: one that a fork of Caffe added to a layer of Caffe. The
 * embedded engine refuses it as well, but an engine that is that fork's library computes with it. `skip` are the layers in
 * TypeScript, which say themselves what they read.
 */
export function refuseUnreadFields(net: NetParameter, skip: ReadonlySet<object> = new Set()): void {
  const unread = unreadField("NetParameter", net, {
    skip,
    forks: true,
    types: CAFFE_TYPES,
    read: READ_FORK_FIELDS,
  });
  if (unread === undefined) return;
  const { message, field, layer, what, isAddition } = unread;
  throw new CremaError(
    `Expected a field that can be exported to ONNX but found ${what} of ${
      isAddition ? "CREMA_PROTO" : "a fork of Caffe"
    }`,
    {
      ...locationOf(message, field),
      layer,
      hint: "The model would compute something else. Remove the field, or write a layer in TypeScript.",
    },
  );
}
