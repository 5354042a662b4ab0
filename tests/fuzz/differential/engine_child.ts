/**
 * Answers questions on the engine that its argument names: one line of JSON in, one line of JSON out.
 *
 * @module
 */

import { TextLineStream } from "./text_line_stream.ts";
import { CremaError } from "../../../base/error.ts";
import { answerQuestion } from "./answer_question.ts";
import { packAnswer, type PackedReply } from "./packed_reply.ts";
import type { NetQuestion } from "./question.ts";

const engine = Deno.args[0]!;

async function reply(question: NetQuestion): Promise<PackedReply> {
  try {
    return { answer: packAnswer(await answerQuestion(question, engine)) };
  } catch (error) {
    const message = error instanceof CremaError ? error.message : (error as Error).stack ?? `${error}`;
    return { refused: message, unexpected: !(error instanceof CremaError) };
  }
}

for await (const line of Deno.stdin.readable.pipeThrough(new TextLineStream())) {
  const text = new TextEncoder().encode(`${JSON.stringify(await reply(JSON.parse(line)))}\n`);
  for (let at = 0; at < text.length;) at += Deno.stdout.writeSync(text.subarray(at));
}
