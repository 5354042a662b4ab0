import { Option } from "commander";

/** The option that chooses between the net as it trains and as it tests. */
export function phaseOption(description: string): Option {
  return new Option("--phase <phase>", description).choices(["TRAIN", "TEST"]);
}
