import { thrownStack } from "../../base/thrown.ts";
import { isOwn } from "../modules/own_modules.ts";
import { shownUrl } from "../modules/shown_url.ts";

/** The library's folder: one layer a file, beside their base class and folders of what they share. */
const LIBRARY = new URL("../../layers/", import.meta.url).href;

/**
 * Where in the user's module an error arose, as `/home/me/loss.ts:12:5`: Crema's own modules are passed over, but for a
 * layer of the library when no other is in the trace. Undefined when the trace does not tell.
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
