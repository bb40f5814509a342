/** server.ts without its pages: the same listener and routes, ready sooner, for tests that start it again and again. */
import { startServer } from "#lib/server/start.ts";

await startServer({ dev: false, pages: false });
