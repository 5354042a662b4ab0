import { fileURLToPath } from "node:url";

/** A module's URL as people read it: a file's path, else the URL. */
export function shownUrl(url: string): string {
  return url.startsWith("file:") ? fileURLToPath(url) : url;
}
