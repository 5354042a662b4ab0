import { thrownMessage, thrownStack } from "../../../base/thrown.ts";
import { CremaError } from "../../../base/mod.ts";
import { InputLimitError } from "../../../data/mod.ts";
import { printError } from "../../output/print.ts";
import { classifierPage } from "../classifier_page.ts";
import type { Classify } from "../top_scores.ts";
import { NetFailure } from "../net_failure.ts";

/** The answer to a request. */
export interface Answer {
  status: number;
  headers: Record<string, string>;
  body: string;
}

/** An answer that is thrown by what is deeper than the one who gives it. */
export class AnswerError extends Error {
  override name = "AnswerError";

  /** Takes the answer. */
  constructor(readonly answer: Answer) {
    super(answer.body);
  }
}

/** What of a request an answer depends on. */
export interface Asked {
  method: string;
  /** The path, with its query. */
  url: string;
  /** Reads the body. Throws an AnswerError when that can't be done. */
  body(): Promise<Uint8Array>;
}

/**
 * Answers one request. Throws what `body` throws.
 *
 * - POST /: the top scores of each example of the body
 * - GET /: a page to try it
 * - GET /healthz: "ok"
 */
export async function answer({ method, url, body }: Asked, classify: Classify): Promise<Answer> {
  const parsed = URL.parse(url, "http://localhost");
  if (parsed === null) return failure(400, `Expected a path but found '${url}'`);
  const { pathname, searchParams } = parsed;
  const isGet = method === "GET" || method === "HEAD";
  if (pathname === "/healthz") {
    return isGet
      ? { status: 200, headers: { "content-type": "text/plain" }, body: "ok\n" }
      : wrongMethod(method, "GET, HEAD");
  }
  if (pathname !== "/") return failure(404, `Expected the path / or /healthz but found ${pathname}`);
  if (isGet) {
    return { status: 200, headers: { "content-type": "text/html; charset=utf-8" }, body: classifierPage };
  }
  if (method !== "POST") return wrongMethod(method, "GET, HEAD, POST");
  const wanted = searchParams.get("top"), top = Number(wanted ?? 1);
  if (!Number.isInteger(top) || top < 1) {
    return failure(400, `Expected top to be a positive whole number but found '${wanted}'`);
  }
  const bytes = await body();
  try {
    return json(200, await classify(bytes, "the request's body", { top: wanted === null ? undefined : top }));
  } catch (error) {
    return failureOf(error);
  }
}

/** The answer when something else than scores came out. Prints what is not the client's doing. */
export function failureOf(error: unknown): Answer {
  if (error instanceof InputLimitError) return failure(413, error.message);
  if (error instanceof NetFailure) {
    printError(`error: ${error.message}\n`);
    return failure(500, error.message);
  }
  if (error instanceof CremaError) return failure(400, error.message);
  printError(`${thrownStack(error) ?? thrownMessage(error)}\n`);
  return failure(500, "Expected an answer but found a mistake in Crema; its log says more");
}

/** An answer that says what is wrong. */
export function failure(status: number, error: string, headers: Record<string, string> = {}): Answer {
  return json(status, { error }, headers);
}

/** The answer to a request that there is no room for. */
export function busy(found: string): Answer {
  return failure(503, `Expected fewer requests at a time but found ${found}. Ask again soon`, {
    "retry-after": "1",
  });
}

function wrongMethod(method: string, allow: string): Answer {
  return failure(405, `Expected ${allow.replace(/, (\w+)$/, " or $1")} but found ${method}`, { allow });
}

function json(status: number, value: unknown, headers: Record<string, string> = {}): Answer {
  return {
    status,
    headers: { "content-type": "application/json", ...headers },
    body: `${JSON.stringify(value)}\n`,
  };
}
