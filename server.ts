/** Starts one process: the API listener, Next for the pages, and a graceful stop. Nothing else lives here. */
import { startServer } from "./lib/server/start.ts";

await startServer({ dev: process.argv.includes("--dev") });
