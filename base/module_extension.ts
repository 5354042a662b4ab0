/**
 * How Crema's own modules end: `.ts`, or `.js` in the npm package, where Deno runs no TypeScript, and in compiled files, which
 * start sooner so.
 */
export const MODULE_EXTENSION: ".js" | ".ts" = import.meta.url.endsWith(".js") ? ".js" : ".ts";
