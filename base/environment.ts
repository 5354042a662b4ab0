/** A variable of the environment; undefined when it is empty or not set, and for who may not read it. */
export function environmentVariable(name: string): string | undefined {
  try {
    return Deno.env.get(name) || undefined;
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) return undefined; // what may not be read is as good as not set
    throw error;
  }
}
