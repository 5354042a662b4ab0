import { type EngineOptions, Net } from "../../net/mod.ts";
import { readNetOf } from "./net_of_file.ts";
import { engineOptions, type NetCommandOptions } from "./net_command_options.ts";

/** Makes the net of `--model`, which may be a solver's prototxt too, with the options of its command. `more` replaces some. Throws a CremaError. */
export async function openNet(
  options: NetCommandOptions & { model: string },
  phase: "TRAIN" | "TEST",
  more: Pick<EngineOptions, "compute"> = {},
): Promise<Net> {
  const given = engineOptions(options);
  return await Net.create(await readNetOf(options.model, phase), {
    ...given,
    compute: { ...given.compute, ...more.compute },
    phase,
  });
}
