// The environment variables that Deno gets.
#ifndef CREMA_COMPILE_LAUNCHER_ENVIRONMENT_H_
#define CREMA_COMPILE_LAUNCHER_ENVIRONMENT_H_

namespace crema::launcher {

// Removes the variables by which Deno and its Node.js compatibility would run other code than the
// program's, or run it in another way: NODE_OPTIONS (--require), NODE_PATH, DENO_V8_FLAGS, … Of
// Deno's, only those that scripts and downloads need are kept.
void ClearInjectedCode();

}  // namespace crema::launcher

#endif  // CREMA_COMPILE_LAUNCHER_ENVIRONMENT_H_
