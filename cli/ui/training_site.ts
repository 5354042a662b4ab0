import type { LiveTraining } from "./live_training.ts";
import { jsonAnswer, pageAsset } from "./page/page_assets.ts";
import { pageScript } from "./page/page_script.ts";
import { pageText } from "./page/page_text.ts";
import type { PageAnswer, PageSite } from "./page_server.ts";

/** The page of a training: what it shows, and what its buttons do. */
export class TrainingSite implements PageSite {
  readonly #training: LiveTraining;

  /** The page of this training. */
  constructor(training: LiveTraining) {
    this.#training = training;
  }

  /** See {@link PageSite.page}. */
  page(token: string): string {
    return pageText(token);
  }

  /** See {@link PageSite.asked}. */
  asked(): void {
    this.#training.asked();
  }

  /** See {@link PageSite.tell}. */
  tell(): void {
    this.#training.monitor.flush();
  }

  /** See {@link PageSite.listen}. */
  listen(send: (name: string, data: unknown) => void): () => void {
    const { monitor } = this.#training;
    send("all", monitor.all);
    return monitor.listen((changes) => send("changes", changes));
  }

  /** See {@link PageSite.get}. */
  async get(path: string, query: URLSearchParams): Promise<PageAnswer | undefined> {
    switch (path) {
      case "/page.js":
        return { type: "text/javascript", body: pageScript };
      case "/net.svg":
        return { type: "image/svg+xml", body: new TextDecoder().decode(await this.#training.graph()) };
      case "/parameters":
        return jsonAnswer(this.#training.parameters());
      case "/times":
        return jsonAnswer(this.#training.times());
      case "/filters":
        return jsonAnswer(this.#training.filters() ?? null);
      case "/samples":
        return jsonAnswer(this.#training.samples());
      case "/confusion":
        return jsonAnswer(this.#training.confusion() ?? null);
      case "/cell":
        return jsonAnswer(this.#training.cell(Number(query.get("label")), Number(query.get("guess"))));
      case "/activations":
        return jsonAnswer(
          await this.#training.activations(query.get("sample") ?? "", query.get("blob") ?? ""),
        );
      default:
        return await pageAsset(path);
    }
  }

  /** See {@link PageSite.post}. */
  post(path: string, body: string): PageAnswer | undefined {
    switch (path) {
      case "/snapshot":
      case "/stop":
        this.#training.ask(path === "/stop" ? "stop" : "snapshot");
        return { status: 202, body: "It is done between two iterations.\n" };
      case "/learning-rate": {
        const rate = Number(body);
        if (body.trim() === "" || !Number.isFinite(rate) || rate < 0) {
          return { status: 400, body: `Expected a learning rate of 0 or more but found '${body}'\n` };
        }
        this.#training.setLearningRate(rate);
        return { body: `The learning rate is ${rate} from the next iteration on.\n` };
      }
      case "/undo":
        return this.#training.undoLearningRate()
          ? { body: "The learning rate is as it was.\n" }
          : { status: 409, body: "Expected a learning rate that was set on this page but found none\n" };
      default:
        return undefined;
    }
  }
}
