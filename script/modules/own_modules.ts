import { OWN_FOLDERS } from "../../base/own_folders.ts";

const ROOT = new URL("../../", import.meta.url).href;
const OWN = ["mod.ts", "mod.js", ...OWN_FOLDERS.map((folder) => `${folder}/`)];

/** Whether a module, by URL, is part of Crema: such modules go by Crema's version. */
export function isOwn(url: string): boolean {
  return url.startsWith(ROOT) && OWN.some((part) => url.slice(ROOT.length).startsWith(part));
}
