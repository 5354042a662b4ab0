import { Option } from "commander";

/** The option that chooses the net's phase. */
export function phaseOption(description: string): Option {
  return new Option("--phase <phase>", description).choices(["TRAIN", "TEST"]);
}
