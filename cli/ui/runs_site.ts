import { join } from "node:path";
import { compareRuns, findRun, listRuns } from "../../train/mod.ts";
import { jsonAnswer, pageAsset } from "./page/page_assets.ts";
import { runsPageScript } from "./page/runs_page_script.ts";
import { runsPageText } from "./page/runs_page_text.ts";
import type { PageAnswer, PageSite } from "./page_server.ts";
import { PICTURES, viewRun } from "./run_view.ts";

/** The files of a run of which a change shows on the page. */
const WATCHED = ["run.json", "metrics.jsonl", "curves.csv", "confusion.svg", "log.txt"];

/** The page of all runs in a folder. It reads, and changes nothing. */
export class RunsSite implements PageSite {
  readonly #folder: string;
  readonly #listeners = new Set<(name: string, data: unknown) => void>();
  #told = "";

  /** The page of the runs in this folder. */
  constructor(folder: string) {
    this.#folder = folder;
  }

  /** See {@link PageSite.page}. */
  page(): string {
    return runsPageText;
  }

  /** See {@link PageSite.get}. */
  async get(path: string, query: URLSearchParams): Promise<PageAnswer | undefined> {
    switch (path) {
      case "/page.js":
        return { type: "text/javascript", body: runsPageScript };
      case "/compare":
        return jsonAnswer((await compareRuns(query.getAll("run"), this.#folder)).runs);
      case "/run":
        return jsonAnswer(viewRun(this.#runFolder(query)));
      case "/picture": {
        const file = query.get("file") ?? "";
        if (!PICTURES.test(file)) return undefined;
        try {
          return { type: "image/svg+xml", body: Deno.readTextFileSync(join(this.#runFolder(query), file)) };
        } catch (error) {
          if (error instanceof Deno.errors.NotFound) return undefined;
          throw error;
        }
      }
      default:
        return await pageAsset(path);
    }
  }

  /** See {@link PageSite.post}. */
  post(): undefined {
    return undefined;
  }

  /** See {@link PageSite.listen}. */
  listen(send: (name: string, data: unknown) => void): () => void {
    this.#listeners.add(send);
    send("runs", this.#list());
    return () => this.#listeners.delete(send);
  }

  /** See {@link PageSite.tell}. */
  tell(): void {
    if (this.#listeners.size === 0) return;
    const list = this.#list(), text = JSON.stringify(list);
    if (text === this.#told) return;
    this.#told = text;
    for (const send of this.#listeners) send("runs", list);
  }

  /** The runs, each with a text that changes when its files do. */
  #list(): unknown {
    const runs = listRuns(this.#folder).map((run) => ({
      ...run,
      version: WATCHED.map((file) => versionOf(join(run.folder, file))).join(" "),
    }));
    return { folder: this.#folder, runs };
  }

  /** The folder of the run that is asked for. Throws a CremaError when it isn't there. */
  #runFolder(query: URLSearchParams): string {
    return findRun(query.get("run") ?? "", this.#folder).folder;
  }
}

function versionOf(file: string): string {
  try {
    const { size, mtime } = Deno.statSync(file);
    return `${size}@${mtime?.getTime()}`;
  } catch {
    return "-";
  }
}
