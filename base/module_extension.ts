/**
 * The extension of Crema's own modules: `.ts`, or `.js` in the npm package, where Deno runs no TypeScript,
 * and in compiled files, which start faster that way.
 */
export const MODULE_EXTENSION: ".js" | ".ts" = import.meta.url.endsWith(".js") ? ".js" : ".ts";
