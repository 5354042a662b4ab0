import { isInstance } from "../../base/thrown.ts";
import { CremaError } from "../../base/mod.ts";
import { sourceBytes } from "../../script/modules/hash_module.ts";
import type { HotReloadEvent, Trainable } from "../../train/mod.ts";
import { errorText } from "../output/error_text.ts";

/** A module of script layers, as the page shows it. */
export interface ScriptModule {
  /** Its URL. */
  module: string;
  /** The layers that it has, "name (type)" each, of all nets. */
  layers: string[];
  /** Its source: as it was loaded, or as it was when an edit was last tried. Undefined if it can't be read. */
  source?: string | undefined;
  /** What became of the last edit; undefined if nobody watches. */
  state?: string | undefined;
  /** Its last error, and the line of the source that it names. */
  error?: { text: string; line?: number | undefined } | undefined;
}

/** Knows the modules of a solver's script layers: their sources, their last errors, and what hot reload did with them. */
export class ScriptLayers {
  readonly #modules: ReadonlyMap<string, ScriptModule>;
  readonly #onChange: () => void;

  private constructor(modules: ReadonlyMap<string, ScriptModule>, onChange: () => void) {
    this.#modules = modules;
    this.#onChange = onChange;
  }

  /** Reads the sources of a solver's script layers, which have just been loaded. `onChange` is called when one changes. */
  static async of({ net, testNets }: Trainable, onChange: () => void = () => {}): Promise<ScriptLayers> {
    const modules = new Map<string, ScriptModule>();
    for (const { handle } of [net, ...testNets]) {
      for (const { param, source } of handle.hostPlans) {
        if (source === undefined) continue;
        const known = modules.get(source.module) ?? { module: source.module, layers: [] };
        const layer = `${param.name} (${param.type})`;
        if (!known.layers.includes(layer)) known.layers.push(layer);
        modules.set(source.module, known);
      }
    }
    const layers = new ScriptLayers(modules, onChange);
    await Promise.all([...modules.values()].map(readSource));
    return layers;
  }

  /** All modules. */
  get modules(): ScriptModule[] {
    return [...this.#modules.values()];
  }

  /** Says that edits of these files are looked for. */
  watch(files: readonly string[]): void {
    for (const module of this.#modules.values()) {
      module.state = files.includes(module.module) ? "watched" : "not watched";
    }
    this.#onChange();
  }

  /** Takes what hot reload did at an iteration. */
  async reload(iteration: number, event: HotReloadEvent): Promise<void> {
    const modules = event.modules.flatMap((url) => this.#modules.get(url) ?? []);
    await Promise.all(modules.map(readSource));
    for (const module of modules) {
      module.state = `${WHAT[event.type]} at iteration ${iteration}`;
      module.error = event.type === "reloaded" ? undefined : errorIn(module.module, event.error);
    }
    this.#onChange();
  }

  /** Takes the error that ended the training. */
  fail(error: unknown): void {
    const layer = isInstance(error, CremaError) ? error.layer : undefined;
    for (const module of this.#modules.values()) {
      const found = errorIn(module.module, error);
      const isOfLayer = module.layers.some((each) => each.startsWith(`${layer} (`));
      if (found.line !== undefined || isOfLayer) module.error = found;
    }
    this.#onChange();
  }
}

const WHAT = {
  reloaded: "reloaded",
  rejected: "edit refused, the version before runs on,",
  reverted: "edit failed, the version before runs again,",
} as const;

async function readSource(module: ScriptModule): Promise<void> {
  try {
    module.source = new TextDecoder().decode(await sourceBytes(module.module));
  } catch {
    // It may be gone since, or its text no text: what runs is what was loaded.
    module.source = undefined;
  }
}

/** What an error says, with the line that it first names in a module. */
function errorIn(url: string, error: unknown): { text: string; line?: number | undefined } {
  const text = errorText(error), start = text.indexOf(`${url}:`);
  if (start < 0) return { text };
  const [, line] = /^:(\d+)/.exec(text.slice(start + url.length)) ?? [];
  return { text, line: line === undefined ? undefined : Number(line) };
}
