import type { LayerSource, NetHandle, PreparedLayer } from "../ffi/mod.ts";
import { ModuleEdits } from "../script/mod.ts";
import { CremaError } from "../base/mod.ts";
import { type LayerParameter } from "../proto/mod.ts";
import type { Trainable } from "./trainable.ts";

/** An edited module has replaced the one that ran before. */
export interface ReloadedEvent {
  type: "reloaded";
  /** URLs of the edited modules, as layers name them. */
  modules: string[];
  /** Names of the layers that run the new classes. */
  layers: string[];
  /** Names of the layers whose edit takes full effect only when training is restarted. */
  notYet: string[];
}

/** An edited module cannot run, so the previous one stays. */
export interface RejectedEvent {
  type: "rejected";
  /** URLs of the edited modules, as layers name them. */
  modules: string[];
  /** The reason. */
  error: unknown;
}

/** An edited module failed while it ran, so the previous one is back. */
export interface RevertedEvent {
  type: "reverted";
  /** URLs of the edited modules, as layers name them. */
  modules: string[];
  /** Names of the layers that run the previous classes again. */
  layers: string[];
  /** The error that it threw. */
  error: unknown;
}

/** The events of {@link HotReload}. */
export type HotReloadEvent = ReloadedEvent | RejectedEvent | RevertedEvent;

/** How to watch. */
export interface HotReloadOptions {
  /** Called with each event. */
  onEvent?: ((event: HotReloadEvent) => void) | undefined;
  /** Milliseconds between two checks of the files. Default: 100. */
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
 * Watches the modules of a solver's script layers, and the files that they import, for edits. An edited
 * module is imported while training goes on. Call `swap` between two iterations to put the new classes in
 * place. Parameters, solver and blobs stay as they are.
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
  /** New layers that wait for the end of the iteration. */
  #ready = new Map<Target, PreparedLayer>();
  /** The layers of the last swap, and whether an iteration has finished since. */
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

  /** Starts to watch. Throws a CremaError when the modules' imports cannot be read. */
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

  /** URLs of the watched files. */
  get files(): string[] {
    return this.#edits.files;
  }

  /** Puts the new classes of edited modules in place, if there are any. Call this between two iterations. */
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
   * Undoes the last swap if it caused an error: if the error is from one of the swapped layers, or no
   * iteration has finished since. Returns whether it did. If so, the failed pass can be tried again.
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

  /** Stops watching. */
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
      // Layers of these modules that are ready are older than the edit that failed, and would hide it.
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

/**
 * Whether the new class sets other loss weights or parameter settings than the class that the net was made
 * with.
 */
function saysOther(before: LayerParameter, after: LayerParameter): boolean {
  const said = ({ loss_weight, param }: LayerParameter) => JSON.stringify([loss_weight, param]);
  return said(before) !== said(after);
}
