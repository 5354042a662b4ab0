import { CremaError, type CremaErrorOptions } from "../base/error.ts";
import { unknownField } from "../proto/codec/unknown_field.ts";
import { unreadField } from "../proto/codec/unread_field.ts";
import type { Messages } from "../proto/messages.ts";
import { locationOf } from "../proto/text/location.ts";
import type { Engine } from "./engine.ts";
import { CAFFE_TYPES, READ_FORK_FIELDS } from "./fork_fields.ts";
import type { PlannedLayer } from "./host/plan_layers.ts";

/** Fields that are read here, whether an engine knows them or not. */
const READ_HERE: ReadonlySet<string> = new Set([
  "SolverParameter.ap_version",
  "SolverParameter.display_gradient_norm",
  "SolverParameter.epochs",
  "SolverParameter.eval_type",
  "SolverParameter.layer_wise_reduce",
  "SolverParameter.patience",
  "SolverParameter.patience_mode",
  "SolverParameter.patience_output",
  "SolverParameter.show_per_class_result",
  "SolverParameter.snapshot_best",
  "SolverParameter.snapshot_keep",
  "SolverParameter.stop_on_nan",
  "SolverParameter.test_interval_epochs",
  "SolverParameter.time_limit",
  "SolverParameter.weights",
]);

/** The fields of forks that the embedded engine does not miss. */
const READ_FROM_FORKS: ReadonlySet<string> = new Set([...READ_FORK_FIELDS, ...READ_HERE]);

/**
 * Throws a CremaError when a net or solver has a field that the engine does not know, and would skip: one that
 * only the schema of CREMA_PROTO has, one that a fork of Caffe added to a layer of Caffe, or one that the Caffe
 * behind the engine does not have. Layers in TypeScript, which may have such fields, are checked by their
 * provider.
 */
export function checkFields<N extends "NetParameter" | "SolverParameter">(
  engine: Engine,
  name: N,
  message: Messages[N],
  layers: readonly PlannedLayer[],
): void {
  const paramsOf = (chosen: readonly PlannedLayer[]) => new Set(chosen.map(({ param }) => param));
  const refuse = (
    what: string,
    field: { message: object; field: string; layer?: string | undefined },
    hint: string,
  ) => {
    const options: CremaErrorOptions = {
      ...locationOf(field.message, field.field),
      layer: field.layer,
      hint,
    };
    throw new CremaError(
      `Expected a field that the engine '${engine.name}' knows but found ${what}`,
      options,
    );
  };
  if (!engine.readsForks) {
    const unread = unreadField(name, message, {
      skip: paramsOf(layers.filter(({ fieldsChecked }) => fieldsChecked)),
      forks: true,
      types: CAFFE_TYPES,
      read: READ_FROM_FORKS,
    });
    if (unread === undefined) return;
    return refuse(
      `${unread.what} of ${unread.isAddition ? "CREMA_PROTO" : "a fork of Caffe"}`,
      unread,
      "It would be ignored. Remove it, or use the Caffe that knows it (docs/libcaffe.md), or a script layer.",
    );
  }
  const unknown = unknownField(
    name,
    message,
    paramsOf(layers.filter(({ make }) => make !== undefined)),
    (type, field, value) =>
      READ_HERE.has(`${type}.${field.name}`) || engine.knowsField(type, field.id, value),
  );
  if (unknown === undefined) return;
  refuse(
    unknown.unknown,
    unknown,
    "It would be ignored. Remove it, or use the engine or the Caffe that knows it (docs/libcaffe.md).",
  );
}
