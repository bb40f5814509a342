/**
 * `npm start`: builds what is stale, then serves. One process from then on, so that a SIGTERM sent to npm reaches the server
 * (a shell between them, as in `build && serve`, would keep it; hence also the `exec` in package.json).
 */
import { spawnSync } from "node:child_process";
import { join } from "node:path";

const { status } = spawnSync(process.execPath, [join(import.meta.dirname, "build.ts")], { stdio: "inherit" });
if (status !== 0) process.exit(status ?? 1);
await import("../server.ts");
