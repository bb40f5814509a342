/** Starts one process: the API's listener, Next for the pages, and a graceful stop. Nothing else lives here. */
import { enableCompileCache } from "node:module";
import { join } from "node:path";

// Also for worker threads: they read types away from dozens of files, which takes longer than what some of them are started for.
process.env.NODE_COMPILE_CACHE ??= join(import.meta.dirname, ".build/compile-cache");
enableCompileCache(process.env.NODE_COMPILE_CACHE);

const dev = process.argv.includes("--dev");
// Next decides by this variable which React it loads.
Object.assign(process.env, { NODE_ENV: dev ? "development" : "production" });
const { startServer } = await import("./lib/server/start.ts");
await startServer({ dev, pages: !process.argv.includes("--api-only") });
