/** Values that user code may throw and that are hard to show: what each is, the value, and the message that it gets. */
export function hostileValues(): [what: string, value: unknown, message: string][] {
  const revoked = Proxy.revocable({}, {});
  revoked.revoke();
  const boom = (): never => {
    throw new Error("boom");
  };
  return [
    ["an object", { code: 5 }, "{ code: 5 }"],
    [
      "an object without a prototype",
      Object.assign(Object.create(null), { code: 5 }),
      "[Object: null prototype] { code: 5 }",
    ],
    ["a revoked proxy", revoked.proxy, "a value that cannot be shown (object)"],
    ["a proxy whose traps throw", new Proxy({}, { get: boom, getPrototypeOf: boom, ownKeys: boom }), "{}"],
    ["an error whose message throws", Object.defineProperty(new Error(), "message", { get: boom }), "Error"],
    ["an error whose message is no text", Object.assign(new Error(), { message: { a: 1 } }), "Error"],
    [
      "an object that cannot be shown",
      { [Symbol.for("Deno.customInspect")]: boom },
      "a value that cannot be shown (object)",
    ],
    ["a symbol", Symbol("five"), "Symbol(five)"],
    ["undefined", undefined, "undefined"],
    ["null", null, "null"],
    ["text", "out of cheese", "out of cheese"],
  ];
}
