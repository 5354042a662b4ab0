import { relative } from "node:path";
import { fileURLToPath } from "node:url";
import type { HotReloadEvent } from "../../train/mod.ts";
import { errorText } from "../output/error_text.ts";

/** The part of a training view that shows lines. */
export interface ReloadView {
  /** Shows a line. */
  line(place: string, message: string): void;
  /** Shows a warning. */
  warn(place: string, message: string): void;
}

/** Shows an event of hot reload at an iteration. */
export function showReload(view: ReloadView, iteration: number, event: HotReloadEvent): void {
  const place = `hot_reload.ts:1`;
  const modules = event.modules.map((url) => relative(Deno.cwd(), fileURLToPath(url))).join(", ");
  const when = `Iteration ${iteration}`;
  if (event.type === "reloaded") {
    view.line(place, `${when}: reloaded ${modules} for ${layersText(event.layers)}`);
    if (event.notYet.length === 0) return;
    const what = "isLoss or param of the class changed, which takes effect at the next start";
    return view.warn(place, `${layersText(event.notYet)}: ${what}`);
  }
  const kept = event.type === "rejected"
    ? `${when}: can't use ${modules} as it is now; the version before stays in use.`
    : `${when}: ${modules} failed; back to the version before in ${layersText(event.layers)}.`;
  for (const line of [kept, ...errorText(event.error).split("\n")]) view.warn(place, line);
}

function layersText(names: readonly string[]): string {
  return `layer${names.length === 1 ? "" : "s"} ${names.map((name) => `'${name}'`).join(", ")}`;
}
