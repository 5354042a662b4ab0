import { fileURLToPath } from "node:url";

const OWN = new URL("./", import.meta.url).href;

/** Where in the user's module an error arose, as `/home/me/loss.ts:12:5`; undefined when its trace does not tell. */
export function userFrame(error: Error): string | undefined {
  for (
    const [, url = "", place = ""] of (error.stack ?? "").matchAll(/((?:file|https?):\/\/\S+?)(:\d+:\d+)/g)
  ) {
    if (url.startsWith(OWN)) continue;
    return `${url.startsWith("file:") ? fileURLToPath(url) : url}${place}`;
  }
  return undefined;
}
