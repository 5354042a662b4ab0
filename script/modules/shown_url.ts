import { fileURLToPath } from "node:url";

/** A module's URL for people to read: the path of a file, else the URL. */
export function shownUrl(url: string): string {
  return url.startsWith("file:") ? fileURLToPath(url) : url;
}
