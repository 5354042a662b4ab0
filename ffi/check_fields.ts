import { CremaError } from "../base/error.ts";
import { addedField } from "../proto/codec/added_field.ts";
import type { Messages } from "../proto/messages.ts";
import { locationOf } from "../proto/text/location.ts";
import type { Engine } from "./engine.ts";
import type { PlannedLayer } from "./host/plan_layers.ts";

/**
 * Throws a CremaError when a net or solver has a field that only the schema of CREMA_PROTO has, and the
 * engine does not know it: it would skip the field. Script layers, which may have such fields, are checked by
 * their provider.
 */
export function checkFields<N extends "NetParameter" | "SolverParameter">(
  engine: Engine,
  name: N,
  message: Messages[N],
  layers: readonly PlannedLayer[],
): void {
  if (engine.readsForks) return;
  const checked = new Set(layers.filter(({ fieldsChecked }) => fieldsChecked).map(({ param }) => param));
  const found = addedField(name, message, checked);
  if (found === undefined) return;
  throw new CremaError(
    `Expected a field that the engine '${engine.name}' knows but found ${found.added} of CREMA_PROTO`,
    {
      ...locationOf(found.message, found.field),
      layer: found.layer,
      hint:
        "It would be ignored. Remove it, or use the Caffe that knows it (docs/libcaffe.md), or a script layer.",
    },
  );
}
