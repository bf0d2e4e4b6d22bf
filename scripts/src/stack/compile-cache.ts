import { join } from "node:path";

/**
 * Where Node keeps what it has made of modules: a service that starts on it takes half the time, and a dozen of them start
 * together. A variable of Node's own, for processes that are started; it may be deleted at any time.
 */
export const compileCache = { NODE_COMPILE_CACHE: join(import.meta.dirname, "../../../node_modules/.cache/node") };
