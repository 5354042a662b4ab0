import { Buffer } from "node:buffer";
import type { IncomingMessage } from "node:http";
import { AnswerError, busy, failure } from "./answer.ts";
import type { Connection } from "./connection.ts";
import type { ServerLimits } from "./server_limits.ts";

/** The client has closed its connection: nobody waits for an answer. */
export class ClientGone extends Error {
  override name = "ClientGone";
}

/** A body in memory. It counts until it is disposed. */
export interface HeldBody extends Disposable {
  bytes: Uint8Array;
}

/** Reads bodies, each up to a size and within a time, and all of them up to a size. */
export class BodyReader {
  readonly #limits: Pick<ServerLimits, "bodyTime" | "bodyBytes" | "allBodyBytes">;
  /** Bytes of all bodies that are held. */
  #held = 0;

  /** Takes the limits. */
  constructor(limits: Pick<ServerLimits, "bodyTime" | "bodyBytes" | "allBodyBytes">) {
    this.#limits = limits;
  }

  /**
   * Reads a request's body. Rejects with an AnswerError when it is too large, too slow, or when there is no room for
   * it, and with ClientGone.
   */
  async read(request: IncomingMessage, connection: Connection): Promise<HeldBody> {
    const { bodyTime, bodyBytes, allBodyBytes } = this.#limits;
    const tooLarge = () =>
      new AnswerError(failure(413, `Expected a body of at most ${bodyBytes} bytes but found more`));
    if (Number(request.headers["content-length"] ?? 0) > bodyBytes) throw tooLarge();
    const parts: Uint8Array[] = [], { promise, resolve, reject } = Promise.withResolvers<void>();
    let size = 0;
    const take = (part: Uint8Array) => {
      if (size + part.length > bodyBytes) return reject(tooLarge());
      if (this.#held + part.length > allBodyBytes) {
        return reject(new AnswerError(busy(`${this.#held} bytes of them`)));
      }
      size += part.length;
      this.#held += part.length;
      parts.push(part);
    };
    const gone = () => reject(new ClientGone("Expected the rest of a body but found the connection closed"));
    request.on("data", take).on("end", resolve).on("error", gone).on("close", gone);
    connection.setDeadline(bodyTime, () => {
      reject(new AnswerError(failure(408, "Expected the whole body of a request in time but found a part")));
    });
    const release = () => {
      this.#held -= size;
      size = 0;
    };
    try {
      await promise;
      return { bytes: Buffer.concat(parts), [Symbol.dispose]: release };
    } catch (error) {
      release();
      throw error;
    } finally {
      request.off("data", take).off("close", gone);
      connection.setDeadline(undefined);
    }
  }
}
