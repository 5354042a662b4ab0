/** An environment variable; undefined when it is empty or not set, or when reading it is not permitted. */
export function environmentVariable(name: string): string | undefined {
  try {
    return Deno.env.get(name) || undefined;
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) return undefined;
    throw error;
  }
}
