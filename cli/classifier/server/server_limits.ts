/** What a server bears: how long it waits, and how much it holds. Times are in milliseconds. */
export interface ServerLimits {
  /** For the header of a request, from its first byte on. */
  headerTime: number;
  /** For the body that follows. */
  bodyTime: number;
  /** Between two requests of a connection. A new connection has this time for its first byte, or that for a header. */
  idleTime: number;
  /** For a client to take its answer. */
  answerTime: number;
  /** After SIGTERM, for what arrived and what is arriving. */
  drainTime: number;
  /** Connections at a time. One more closes the one that has been without a request for longest. */
  connections: number;
  /** Requests whose body has arrived and that are not answered yet. One more gets status 503. */
  requests: number;
  /** Bytes of a body. */
  bodyBytes: number;
  /** Bytes of all bodies at a time. A request beyond them gets status 503. */
  allBodyBytes: number;
}

/** The limits of `--serve`. */
export const SERVER_LIMITS: Readonly<ServerLimits> = {
  headerTime: 10_000,
  bodyTime: 60_000,
  idleTime: 15_000,
  answerTime: 30_000,
  drainTime: 8_000, // `docker stop` kills after 10 s
  connections: 512,
  requests: 256,
  bodyBytes: 32 << 20,
  allBodyBytes: 256 << 20,
};
