import type { LayerSource, NetHandle, PreparedLayer } from "../ffi/mod.ts";
import { ModuleEdits } from "../script/mod.ts";
import { CremaError } from "../base/mod.ts";
import { type LayerParameter } from "../proto/mod.ts";
import type { Trainable } from "./trainable.ts";

/** An edited module runs in the place of what was there. */
export interface ReloadedEvent {
  type: "reloaded";
  /** URLs of the modules that layers name. */
  modules: string[];
  /** Names of the layers that run the new classes. */
  layers: string[];
  /** What of the edit does not count before the training starts anew: names of layers. */
  notYet: string[];
}

/** An edited module can't run, and what was there goes on. */
export interface RejectedEvent {
  type: "rejected";
  /** URLs of the modules that layers name. */
  modules: string[];
  /** Why. */
  error: unknown;
}

/** An edited module failed while it ran, and what was there before goes on. */
export interface RevertedEvent {
  type: "reverted";
  /** URLs of the modules that layers name. */
  modules: string[];
  /** Names of the layers that run the classes of before. */
  layers: string[];
  /** Why. */
  error: unknown;
}

/** What {@link HotReload} tells. */
export type HotReloadEvent = ReloadedEvent | RejectedEvent | RevertedEvent;

/** How to watch. */
export interface HotReloadOptions {
  /** Gets what happens. */
  onEvent?: ((event: HotReloadEvent) => void) | undefined;
  /** Milliseconds between two looks at the files. */
  interval?: number | undefined;
}

/** A layer whose module may be edited. */
interface Target {
  net: NetHandle;
  name: string;
  param: LayerParameter;
  source: LayerSource;
}

/**
 * Watches the script layers of a training for edits of their modules, and of the files that these import. An edited
 * module is imported while training goes on; `swap`, called between two iterations, puts the new classes in place.
 * Parameters, solver and blobs stay as they are.
 *
 * ```ts ignore
 * await using reload = await HotReload.start(solver, { onEvent: console.log });
 * for await (const event of train(solver, { retry: (error) => reload.revert(error) })) {
 *   if (event.type === "step") reload.swap();
 * }
 * ```
 */
export class HotReload implements AsyncDisposable {
  readonly #targets: Target[];
  readonly #edits: ModuleEdits;
  readonly #tell: (event: HotReloadEvent) => void;
  readonly #interval: number;
  /** What was imported and waits for the end of an iteration. */
  #ready = new Map<Target, PreparedLayer>();
  /** What was swapped, and whether an iteration has ended since. */
  #swapped: { targets: Target[]; ran: boolean } = { targets: [], ran: true };
  #timer: ReturnType<typeof setTimeout> | undefined;
  #looking: Promise<void> = Promise.resolve();
  #stopped = false;

  private constructor(targets: Target[], edits: ModuleEdits, options: HotReloadOptions) {
    this.#targets = targets;
    this.#edits = edits;
    this.#tell = options.onEvent ?? (() => {});
    this.#interval = options.interval ?? 100;
  }

  /** Begins to watch. Throws a CremaError when the modules' imports can't be read. */
  static async start(solver: Trainable, options: HotReloadOptions = {}): Promise<HotReload> {
    const targets = [solver.net, ...solver.testNets].flatMap(({ handle: net }) =>
      net.hostPlans.flatMap(({ param, source }) =>
        source === undefined ? [] : [{ net, name: param.name ?? "", param, source }]
      )
    );
    const edits = await ModuleEdits.of(targets.map(({ source }) => source.module));
    const reload = new HotReload(targets, edits, options);
    reload.#look();
    return reload;
  }

  /** URLs of the files that are watched. */
  get files(): string[] {
    return this.#edits.files;
  }

  /** Puts the new classes of edited modules in place, if there are any. To be called between two iterations. */
  swap(): void {
    this.#swapped.ran = true;
    if (this.#ready.size === 0) return;
    const ready = this.#ready;
    this.#ready = new Map();
    const done: Target[] = [];
    const modules = modulesOf(ready.keys());
    try {
      for (const [target, prepared] of ready) {
        target.net.replaceLayer(target.name, prepared);
        done.push(target);
      }
    } catch (error) {
      for (const { net, name } of done) net.revertLayer(name);
      return this.#tell({ type: "rejected", modules, error });
    }
    this.#swapped = { targets: done, ran: false };
    const notYet = [...ready].filter(([{ param }, prepared]) => saysOther(param, prepared.param ?? param));
    this.#tell({
      type: "reloaded",
      modules,
      layers: namesOf(done),
      notYet: namesOf(notYet.map(([target]) => target)),
    });
  }

  /**
   * Puts back the classes that ran before the last swap, when it is to blame for an error: the error is of one of its
   * layers, or nothing has run since. Returns whether it did; then what failed can be tried again.
   */
  revert(error: unknown): boolean {
    const { targets, ran } = this.#swapped;
    const blamed = error instanceof CremaError ? targets.find(({ name }) => name === error.layer) : undefined;
    if (blamed === undefined && ran) return false;
    const concerned = ran ? targets.filter(({ source }) => source.module === blamed!.source.module) : targets;
    const back = concerned.filter(({ net, name }) => net.revertLayer(name));
    this.#swapped = { targets: targets.filter((target) => !concerned.includes(target)), ran: true };
    if (back.length === 0) return false;
    this.#tell({ type: "reverted", modules: modulesOf(back), layers: namesOf(back), error });
    return true;
  }

  /** Ends watching. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#looking;
  }

  #look(): void {
    if (this.#stopped) return;
    this.#timer = setTimeout(() => {
      this.#looking = this.#prepareEdits().finally(() => this.#look());
    }, this.#interval);
  }

  async #prepareEdits(): Promise<void> {
    const modules = this.#edits.poll();
    if (modules.length === 0) return;
    try {
      for (const module of modules) await this.#edits.readImports(module);
      const prepared = new Map<Target, PreparedLayer>();
      for (const target of this.#targets.filter(({ source }) => modules.includes(source.module))) {
        prepared.set(target, await target.source.prepare());
      }
      for (const [target, layer] of prepared) this.#ready.set(target, layer);
    } catch (error) {
      // What was ready of these modules is older than the edit that failed, and would hide it.
      for (const target of this.#ready.keys()) {
        if (modules.includes(target.source.module)) this.#ready.delete(target);
      }
      this.#tell({ type: "rejected", modules, error });
    }
  }
}

function modulesOf(targets: Iterable<Target>): string[] {
  return [...new Set(Array.from(targets, ({ source }) => source.module))];
}

function namesOf(targets: readonly Target[]): string[] {
  return [...new Set(targets.map(({ name }) => name))];
}

/** Whether a class says other things of losses and parameters than the one that the net was made with. */
function saysOther(before: LayerParameter, after: LayerParameter): boolean {
  const said = ({ loss_weight, param }: LayerParameter) => JSON.stringify([loss_weight, param]);
  return said(before) !== said(after);
}
