import { CremaError } from "../base/error.ts";
import { unreadField } from "../proto/codec/unread_field.ts";
import type { Messages } from "../proto/messages.ts";
import { locationOf } from "../proto/text/location.ts";
import type { Engine } from "./engine.ts";
import { CAFFE_TYPES, READ_FORK_FIELDS } from "./fork_fields.ts";
import type { PlannedLayer } from "./host/plan_layers.ts";

/**
 * Throws a CremaError when a net or solver has a field that the engine does not know and would skip: one that only
 * the schema of CREMA_PROTO has, or one that a fork of Caffe added to a layer of Caffe. Script layers, which may
 * have such fields, are checked by their provider.
 */
export function checkFields<N extends "NetParameter" | "SolverParameter">(
  engine: Engine,
  name: N,
  message: Messages[N],
  layers: readonly PlannedLayer[],
): void {
  if (engine.readsForks) return;
  const skip = new Set(layers.filter(({ fieldsChecked }) => fieldsChecked).map(({ param }) => param));
  const found = unreadField(name, message, {
    skip,
    forks: true,
    types: CAFFE_TYPES,
    read: READ_FORK_FIELDS,
  });
  if (found === undefined) return;
  const { what, isAddition, layer } = found;
  throw new CremaError(
    `Expected a field that the engine '${engine.name}' knows but found ${what} of ` +
      (isAddition ? "CREMA_PROTO" : "a fork of Caffe"),
    {
      ...locationOf(found.message, found.field),
      layer,
      hint:
        "It would be ignored. Remove it, or use the Caffe that knows it (docs/libcaffe.md), or a script layer.",
    },
  );
}
