import type { PageAnswer } from "../page_server.ts";
import { commonScript } from "./common_script.ts";
import { pageStyle } from "./page_style.ts";
import { plotLibrary } from "./plot_library.ts";

/** The files that all pages share; undefined for another path. */
export async function pageAsset(path: string): Promise<PageAnswer | undefined> {
  switch (path) {
    case "/common.js":
      return { type: "text/javascript", body: commonScript };
    case "/page.css":
      return { type: "text/css", body: pageStyle };
    case "/plot.js":
      return { type: "text/javascript", body: (await plotLibrary()).script };
    case "/plot.css":
      return { type: "text/css", body: (await plotLibrary()).style };
    default:
      return undefined;
  }
}

/** A value as JSON, in which what is no finite number is null. */
export function jsonAnswer(value: unknown): PageAnswer {
  return { type: "application/json", body: JSON.stringify(value) };
}
