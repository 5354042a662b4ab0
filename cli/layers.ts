import { Command } from "commander";
import { printOut } from "./output.ts";
import { Engine } from "../ffi/mod.ts";

/** `crema layers`: lists the layer types. */
export function layersCommand(): Command {
  return new Command("layers")
    .description("list the layer types of the engine and the library of TypeScript layers")
    .option(
      "--engine <engine>",
      "embedded, libcaffe, or the path of a library (default: $CREMA_ENGINE or embedded)",
    )
    .option("--json", "print one JSON object")
    .action((options: { engine?: string; json?: boolean }) => {
      const engine = Engine.open(options.engine);
      printOut(engine.layerTypes.join("\n") + "\n");
    });
}
