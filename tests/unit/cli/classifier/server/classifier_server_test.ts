import assert from "node:assert/strict";
import { CremaError } from "../../../../../base/error.ts";
import { NetFailure } from "../../../../../cli/classifier/net_failure.ts";
import { ClassifierServer } from "../../../../../cli/classifier/server/classifier_server.ts";
import type { ServerLimits } from "../../../../../cli/classifier/server/server_limits.ts";
import type { Classify } from "../../../../../cli/classifier/top_scores.ts";
import { InputLimitError } from "../../../../../data/mod.ts";

/** Answers with the number of bytes; the first byte says what goes wrong. */
const count: Classify = (bytes, name, { top = 5 } = {}) => {
  if (bytes[0] === 0) throw new CremaError("Expected an image but found a zero", { file: name });
  if (bytes[0] === 1) throw new NetFailure("Expected scores of example 0 but found NaN");
  if (bytes[0] === 2) throw new InputLimitError("Expected an image of at most 3 pixels but found 2 × 2");
  return Promise.resolve([[{ index: bytes.length, label: `top ${top}`, score: 1 }]]);
};

/** A classifier that answers when it is let, and says when it was asked. */
function held() {
  const asked: (() => void)[] = [], waiting: (() => void)[] = [];
  const classify: Classify = async (bytes) => {
    await new Promise<void>((resolve) => {
      waiting.push(resolve);
      asked.shift()?.();
    });
    return [[{ index: bytes.length, label: "", score: 1 }]];
  };
  return {
    classify,
    /** Is over when one more request has reached the classifier. */
    next: () => new Promise<void>((resolve) => asked.push(resolve)),
    letGo: () => waiting.splice(0).forEach((each) => each()),
  };
}

function serve(
  { classify = count, limits = {}, allowHosts = [] }: {
    classify?: Classify;
    limits?: Partial<ServerLimits>;
    allowHosts?: string[];
  } = {},
) {
  const server = new ClassifierServer(classify, { hostname: "127.0.0.1", port: 0, limits, allowHosts });
  const { port } = server.address;
  return {
    server,
    ask: async (path: string, init?: RequestInit) => {
      const response = await fetch(`http://127.0.0.1:${port}${path}`, init);
      return { status: response.status, headers: response.headers, body: await response.text() };
    },
    connect: () => Deno.connect({ hostname: "127.0.0.1", port }),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

const send = (connection: Deno.Conn, text: string) => connection.write(new TextEncoder().encode(text));

/** All that a connection says until the server closes it. */
async function rest(connection: Deno.Conn): Promise<string> {
  const parts: string[] = [], buffer = new Uint8Array(4096), decoder = new TextDecoder();
  try {
    for (let size; (size = await connection.read(buffer)) !== null;) {
      parts.push(decoder.decode(buffer.subarray(0, size)));
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.ConnectionReset)) throw error;
  }
  connection.close();
  return parts.join("");
}

/** What the server says to some bytes before it closes the connection. */
async function said({ connect }: { connect: () => Promise<Deno.Conn> }, text: string): Promise<string> {
  const connection = await connect();
  await send(connection, text);
  return await rest(connection);
}

/** Waits until the server has closed all connections. */
async function allClosed(server: ClassifierServer): Promise<void> {
  while (server.connections > 0) await new Promise((resolve) => setTimeout(resolve, 1));
}

const post = (body: string, headers = "") =>
  `POST / HTTP/1.1\r\nHost: localhost\r\n${headers}Content-Length: ${body.length}\r\n\r\n${body}`;
const statusOf = (text: string) => Number(/^HTTP\/1\.1 (\d+)/.exec(text)?.[1]);

Deno.test("POST returns scores, GET a page, /healthz a word", async () => {
  await using served = serve();
  const { ask } = served;
  const found = await ask("/?top=2", { method: "POST", body: new Uint8Array([7, 7, 7]) });
  assert.equal(found.status, 200);
  assert.equal(found.body, '[[{"index":3,"label":"top 2","score":1}]]\n');
  assert.match((await ask("/", { method: "POST", body: "a" })).body, /"top 5"/);
  assert.match((await ask("/")).body, /^<!doctype html>/);
  assert.equal((await ask("/", { method: "HEAD" })).body, "");
  assert.deepEqual(await ask("/healthz").then(({ status, body }) => [status, body]), [200, "ok\n"]);
});

Deno.test("a request that can't be answered says why", async () => {
  await using served = serve({ limits: { bodyBytes: 1000 } });
  const { ask } = served;
  const chunked = new ReadableStream({
    start(controller) {
      for (let i = 0; i < 11; i++) controller.enqueue(new Uint8Array(100).fill(9));
      controller.close();
    },
  });
  const wrong = [
    [await ask("/", { method: "POST", body: new Uint8Array([0]) }), 400, /request's body: Expected an image/],
    [await ask("/", { method: "POST", body: new Uint8Array([1]) }), 500, /scores of example 0 but found NaN/],
    [await ask("/", { method: "POST", body: new Uint8Array([2]) }), 413, /at most 3 pixels but found 2 × 2/],
    [await ask("/?top=0", { method: "POST", body: "a" }), 400, /Expected top to be a positive whole number/],
    [await ask("/nowhere"), 404, /Expected the path \/ or \/healthz but/],
    [await ask("/", { method: "DELETE" }), 405, /Expected GET, HEAD or POST but found DELETE/],
    [await ask("/", { method: "POST", body: new Uint8Array(1001).fill(9) }), 413, /at most 1000 bytes/],
    [await ask("/", { method: "POST", body: chunked }), 413, /at most 1000 bytes/],
  ] as const;
  for (const [{ status, body }, wanted, message] of wrong) {
    assert.equal(status, wanted);
    assert.match(JSON.parse(body).error, message);
  }
});

Deno.test("what is no HTTP gets 400, not a stack in the log", async () => {
  await using served = serve();
  for (
    const [text, message] of [
      ["GARBAGE\r\n\r\n", /Expected a request of HTTP\/1.1/],
      [
        "GET / HTTP/1.1\r\nHost: a b\r\nConnection: close\r\n\r\n",
        /Host such as localhost:8080 but found 'a b'/,
      ],
      ["GET / HTTP/1.1\r\nConnection: close\r\n\r\n", /Expected a header Host but found none/],
      ["GET // HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", /Expected a path but found '\/\/'/],
    ] as const
  ) {
    const found = await said(served, text);
    assert.equal(statusOf(found), 400, text);
    assert.match(found, message);
  }
  const large = await said(served, `GET / HTTP/1.1\r\nHost: localhost\r\nA: ${"a".repeat(70_000)}\r\n\r\n`);
  assert.equal(statusOf(large), 431);
});

Deno.test("Host and Origin must name this server, or a host that is allowed", async () => {
  await using served = serve({ allowHosts: ["digits.example"] });
  await using open = serve({ allowHosts: ["*"] });
  const get = (host: string, origin?: string) =>
    `GET /healthz HTTP/1.1\r\nHost: ${host}\r\n${origin === undefined ? "" : `Origin: ${origin}\r\n`}` +
    "Connection: close\r\n\r\n";
  for (
    const [host, origin, status] of [
      ["localhost:9", "http://localhost:9", 200],
      ["127.0.0.1", undefined, 200],
      ["[::1]:80", undefined, 200],
      ["Digits.Example", "https://digits.example", 200],
      ["evil.example", undefined, 403],
      ["127.0.0.1.evil.example", undefined, 403],
      ["localhost", "http://evil.example", 403],
      ["localhost", "null", 403],
      ["localhost@evil.example", undefined, 400],
    ] as const
  ) assert.equal(statusOf(await said(served, get(host, origin))), status, `${host} ${origin}`);
  assert.match(await said(served, get("evil.example")), /--allow-host digits.example,evil.example/);
  assert.equal(statusOf(await said(open, get("evil.example", "http://other.example"))), 200);
});

Deno.test("clients that are slow with a header, a body or the next request are cut off", async () => {
  for (
    const [limits, text, status] of [
      [{ headerTime: 20, idleTime: 20 }, "", undefined],
      [{ headerTime: 20 }, "GET / HTTP/1.1\r\nHost: local", 408],
      [{ bodyTime: 20 }, post("abc").slice(0, -1), 408],
      [{ idleTime: 20 }, post("abc"), 200],
    ] as const
  ) {
    await using served = serve({ limits });
    const found = await said(served, text);
    if (status === undefined) assert.equal(found, "");
    else assert.equal(statusOf(found), status, text);
    await allClosed(served.server);
  }
});

Deno.test("a client that waits for its answer, or says that it won't send more, gets it", async () => {
  const { classify, next, letGo } = held();
  await using served = serve({ classify, limits: { headerTime: 20, bodyTime: 20 } });
  const connection = await served.connect(), asked = next();
  await send(connection, post("abc"));
  await connection.closeWrite();
  await asked;
  await new Promise((resolve) => setTimeout(resolve, 50)); // longer than both
  letGo();
  assert.equal(statusOf(await rest(connection)), 200);
});

Deno.test("one connection carries requests one after the other, and together", async () => {
  await using served = serve();
  const found = await said(served, post("a") + post("bc") + post("def", "Connection: close\r\n"));
  assert.deepEqual(found.match(/"index":\d/g), ['"index":1', '"index":2', '"index":3']);
  const continued = await said(served, post("abcd", "Expect: 100-continue\r\nConnection: close\r\n"));
  assert.match(continued, /^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 OK/);
});

Deno.test("idle connections make room for new ones; requests in progress do not", async () => {
  const { classify, next, letGo } = held();
  await using served = serve({ classify, limits: { connections: 3 } });
  const { connect } = served;
  const busy = await connect(), asked = next();
  await send(busy, post("abc", "Connection: close\r\n"));
  await asked;
  const idle = [];
  for (let i = 0; i < 10; i++) idle.push(await connect());
  const health = await said(served, "GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
  assert.match(health, /ok\n$/);
  assert.ok(served.server.connections <= 3);
  letGo();
  assert.equal(statusOf(await rest(busy)), 200);
  for (const each of idle) each.close();
});

Deno.test("past the bound of the queue, and of all bodies, the answer is 503 with Retry-After", async () => {
  const { classify, next, letGo } = held();
  await using served = serve({ classify, limits: { requests: 2, allBodyBytes: 10 } });
  const asked = [next(), next()];
  const first = served.ask("/", { method: "POST", body: "a" });
  const second = served.ask("/", { method: "POST", body: "b" });
  await Promise.all(asked);
  const third = await served.ask("/", { method: "POST", body: "c" });
  assert.equal(third.status, 503);
  assert.equal(third.headers.get("retry-after"), "1");
  assert.equal((await served.ask("/healthz")).status, 200);
  letGo();
  assert.deepEqual([(await first).status, (await second).status], [200, 200]);
  assert.equal((await served.ask("/", { method: "POST", body: "d".repeat(11) })).status, 503);
  const again = next(), last = served.ask("/", { method: "POST", body: "e" });
  await again;
  letGo();
  assert.equal((await last).status, 200);
});

Deno.test("a server that drains answers what has arrived and what is arriving", async () => {
  const { classify, next, letGo } = held();
  await using served = serve({ classify });
  const { connect, server } = served;
  const waiting = await connect(), arriving = await connect(), idle = await connect();
  const asked = next();
  await send(waiting, post("abc"));
  await asked;
  await send(arriving, post("abcdef", "Expect: 100-continue\r\n").slice(0, -3));
  assert.ok((await arriving.read(new Uint8Array(100)))! > 0); // its header has arrived
  const drained = server.drain();
  assert.equal(await rest(idle), "");
  await assert.rejects(connect(), Deno.errors.ConnectionRefused);
  const askedAgain = next();
  await send(arriving, "def");
  await askedAgain;
  letGo();
  for (const [connection, size] of [[waiting, 3], [arriving, 6]] as const) {
    const found = await rest(connection);
    assert.equal(statusOf(found), 200);
    assert.match(found, new RegExp(`"index":${size}`));
    assert.match(found, /connection: close/i);
  }
  await drained;
  assert.equal(server.connections, 0);
});

Deno.test("a server that drains waits for a bounded time", async () => {
  await using served = serve({ limits: { drainTime: 20 } });
  const arriving = await served.connect();
  await send(arriving, post("abcdef").slice(0, -3));
  const closed = rest(arriving);
  await served.server.drain();
  assert.equal(await closed, "");
});

Deno.test("the server goes on accepting after it could not for a while", async () => {
  const { listen } = Deno;
  let failures = 3;
  const failing = (options: Deno.ListenOptions & { transport?: "tcp" }) => {
    const listener = listen(options), accept = listener.accept.bind(listener);
    return Object.assign(listener, {
      accept: () =>
        failures-- > 0 ? Promise.reject(new Error("Too many open files (os error 24)")) : accept(),
    });
  };
  Object.assign(Deno, { listen: failing });
  try {
    await using served = serve();
    assert.equal((await served.ask("/healthz")).status, 200);
    assert.ok(failures < 0);
  } finally {
    Object.assign(Deno, { listen });
  }
});
