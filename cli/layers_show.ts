import { Command } from "commander";
import { CremaError, nearest } from "../base/mod.ts";
import { Engine } from "../ffi/mod.ts";
import { type ModulePage, modulePage, registerLayers, resolveModule } from "../script/mod.ts";
import { libraryLayers } from "./layer_pages/library_layers.ts";
import { pageText } from "./layer_pages/page_text.ts";
import { addModuleOptions, moduleCache, type NetCommandOptions } from "./options/net_command_options.ts";
import { printOut } from "./output/print.ts";

type ShowOptions = Pick<NetCommandOptions, "layerPath" | "layers" | "reload" | "cachedOnly"> & {
  json?: boolean | undefined;
};

/** `crema layers show`: the documentation of a module's layers. */
export function layersShowCommand(): Command {
  return addModuleOptions(
    new Command("show")
      .exitOverride()
      .description("print what a module's layers do and take (the module is imported)")
      .argument("<module>", "a file, a URL, a name (crema/layers/gelu.ts), or a layer type (FocalLoss)")
      .option("--json", "print one JSON object"),
  ).action(async (module: string, _: unknown, command: Command) => {
    // `crema layers` has a --json too, which Commander gives the value to.
    const options = command.optsWithGlobals<ShowOptions>();
    const page = await findPage(module, options);
    printOut(options.json ? `${JSON.stringify(page)}\n` : pageText(page));
  });
}

/** The page of a module, or of the one layer with this type, or of the library's class with this name. */
async function findPage(module: string, options: ShowOptions): Promise<ModulePage> {
  const { layerPath = [], layers = [] } = options;
  const load = { cache: moduleCache(options) };
  if (/^\w+$/.test(module)) {
    const claimed = (await registerLayers(layers, layerPath, load)).get(module);
    const own = libraryLayers().find(({ layer, type, aliases }) =>
      [layer, type, ...aliases].includes(module)
    );
    const found = claimed ?? (own === undefined ? undefined : { ...own, module: `crema/${own.module}` });
    if (found !== undefined) {
      const page = await modulePage(resolveModule(found.module, { layerPath }), found.module, load);
      return { ...page, layers: page.layers.filter(({ layer }) => layer === found.layer) };
    }
  }
  return await modulePage(resolve(module, layerPath), module, load);
}

function resolve(module: string, layerPath: readonly string[]): string {
  try {
    return resolveModule(module, { layerPath });
  } catch (cause) {
    if (!(cause instanceof CremaError) || !/^\w+$/.test(module)) throw cause;
    const same = (name: string) => name.toLowerCase() === module.toLowerCase();
    const own = Engine.open("embedded").layerTypes.find(same);
    if (own !== undefined) {
      throw new CremaError(`Expected a module but found '${own}', a layer of the engine's own`, {
        cause,
        hint: "It has no page: `crema layers` lists these types, and their fields are Caffe's.",
      });
    }
    const near = nearest(
      module,
      libraryLayers().flatMap(({ layer, type, aliases }) => [layer, type, ...aliases]),
    );
    const hint = near === undefined
      ? "`crema layers` lists the library's layers."
      : `Did you mean '${near}'?`;
    throw new CremaError(cause.reason, { cause, hint });
  }
}
