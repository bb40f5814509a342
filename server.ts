/** Starts one process: the API's listener, Next for the pages, and a graceful stop. Nothing else lives here. */
import { startServer } from "./lib/server/start.ts";

const dev = process.argv.includes("--dev");
// Next decides by this variable which React it loads.
Object.assign(process.env, { NODE_ENV: dev ? "development" : "production" });
await startServer({ dev, pages: !process.argv.includes("--api-only") });
