/** Resets the kernel's record of the process's peak memory. */
export function resetPeak(): void {
  try {
    Deno.writeTextFileSync("/proc/self/clear_refs", "5");
  } catch {
    // Without /proc, the memory at the end stands for the peak.
  }
}

/** Resident memory in bytes: now ("VmRSS") or at its peak since {@link resetPeak} ("VmHWM"). */
export function residentMemory(name: "VmRSS" | "VmHWM"): number {
  try {
    const status = Deno.readTextFileSync("/proc/self/status");
    const kilobytes = new RegExp(`${name}:\\s+(\\d+) kB`).exec(status)?.[1];
    if (kilobytes !== undefined) return 1024 * Number(kilobytes);
  } catch {
    // As above.
  }
  return Deno.memoryUsage().rss;
}
