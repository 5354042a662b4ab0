import { thrownStack } from "../../base/thrown.ts";
import { isOwn } from "../modules/own_modules.ts";
import { shownUrl } from "../modules/shown_url.ts";

/** The library's folder: one file per layer, beside the base class and folders of shared code. */
const LIBRARY = new URL("../../layers/", import.meta.url).href;

/**
 * The line of the user's module where an error arose, as `/home/me/loss.ts:12:5`. Skips Crema's own modules;
 * a layer of the library counts only if the trace has no user's module. Undefined when the trace has neither.
 */
export function userFrame(error: Error): string | undefined {
  const frames = (thrownStack(error) ?? "").matchAll(/((?:file|https?):\/\/\S+?)(:\d+:\d+)/g).toArray();
  const isLibrary = (url: string) =>
    url.startsWith(LIBRARY) && /^\w+\.[jt]s$/.test(url.slice(LIBRARY.length)) &&
    !url.startsWith(`${LIBRARY}layer.`);
  const frame = frames.find(([, url = ""]) => !isOwn(url)) ?? frames.find(([, url = ""]) => isLibrary(url));
  const [, url, place = ""] = frame ?? [];
  return url === undefined ? undefined : `${shownUrl(url)}${place}`;
}
