import { CremaError } from "../base/error.ts";
import type { LayerView, Net } from "../net/net.ts";
import { locationOf } from "../proto/text/location.ts";

/**
 * Throws a CremaError when a test net numbers other classes than the train net. An ImageFolderData layer numbers the
 * folders that it finds: where a folder of validation images lacks a class, all later ones get the labels of others.
 * Layers are compared that give a top of the same name.
 */
export function checkClasses(train: Net, tests: readonly Net[]): void {
  const wanted = new Map(
    train.layers.flatMap((layer) => {
      const classes = classesOf(layer), label = layer.tops[1];
      return classes === undefined || label === undefined ? [] : [[label, classes] as const];
    }),
  );
  if (wanted.size === 0) return;
  for (const net of tests) {
    for (const layer of net.layers) {
      const classes = classesOf(layer), label = layer.tops[1];
      const first = label === undefined ? undefined : wanted.get(label);
      if (classes === undefined || first === undefined || classes.join("\n") === first.join("\n")) continue;
      const param = net.param.layer?.find(({ name, type }) => name === layer.name && type === layer.type);
      throw new CremaError(
        `Expected the classes of the train net, ${first.join(", ")}, but found ${classes.join(", ")}`,
        {
          ...(param === undefined ? {} : locationOf(param)),
          layer: layer.name,
          hint:
            "They are numbered in the order of the folders' names, so one number would mean two classes. " +
            "Give both layers the same `classes`, by name.",
        },
      );
    }
  }
}

/** The names of the classes that a layer numbers by itself. */
function classesOf({ type, layer }: LayerView): readonly string[] | undefined {
  if (type !== "ImageFolderData") return undefined;
  const { classes } = (layer ?? {}) as { classes?: readonly string[] };
  return classes;
}
