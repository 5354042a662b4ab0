import { relative } from "node:path";
import { fileURLToPath } from "node:url";
import type { HotReloadEvent } from "../../train/mod.ts";
import { errorText } from "../output/error_text.ts";

/** What shows the lines: a part of the training's view. */
export interface ReloadView {
  /** Shows a line. */
  line(place: string, message: string): void;
  /** Shows a warning. */
  warn(place: string, message: string): void;
}

/** Shows what hot reload tells, at an iteration. */
export function showReload(view: ReloadView, iteration: number, event: HotReloadEvent): void {
  const place = `hot_reload.ts:1`;
  const modules = event.modules.map((url) => relative(Deno.cwd(), fileURLToPath(url))).join(", ");
  const when = `Iteration ${iteration}`;
  if (event.type === "reloaded") {
    view.line(place, `${when}: reloaded ${modules} for ${layersText(event.layers)}`);
    if (event.notYet.length === 0) return;
    const what = "isLoss or param of the class changed, which counts when training starts anew";
    return view.warn(place, `${layersText(event.notYet)}: ${what}`);
  }
  const kept = event.type === "rejected"
    ? `${when}: can't use ${modules} as it is now; what ran before goes on.`
    : `${when}: ${modules} failed; back to what ran before in ${layersText(event.layers)}.`;
  for (const line of [kept, ...errorText(event.error).split("\n")]) view.warn(place, line);
}

function layersText(names: readonly string[]): string {
  return `layer${names.length === 1 ? "" : "s"} ${names.map((name) => `'${name}'`).join(", ")}`;
}
