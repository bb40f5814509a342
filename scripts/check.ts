/** `npm run check`: format and lint (import direction too), types, unit tests; stops at the first that fails. Arguments go to Vitest. */
import { spawnSync } from "node:child_process";
import { join } from "node:path";

const ROOT = join(import.meta.dirname, "..");
const STEPS: [command: string, ...args: string[]][] = [
  [process.execPath, "scripts/build-kernel.ts"],
  ["biome", "ci", "--error-on-warnings", "."],
  [process.execPath, "node_modules/next/dist/bin/next", "typegen"],
  ["tsc", "--noEmit"],
  ["vitest", "run", ...process.argv.slice(2)],
];

for (const [command, ...args] of STEPS) {
  const local = command === process.execPath ? command : join(ROOT, "node_modules/.bin", command);
  const env = { ...process.env, NEXT_TELEMETRY_DISABLED: "1" };
  const { status } = spawnSync(local, args, { cwd: ROOT, stdio: "inherit", env });
  if (status !== 0) process.exit(status ?? 1);
}
