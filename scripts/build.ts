/** `npm run build`: kernel and pages, only when a source is newer than what was built. `--force` builds anyway. */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const ROOT = join(import.meta.dirname, "..");
/** All that Next's bundle is made of. */
const SOURCES = [
  "app",
  "components",
  "lib/browser",
  "lib/core",
  "lib/kernel",
  "lib/server/http",
  "lib/server/services.ts",
];
const FILES = ["public", "next.config.ts", "postcss.config.mjs", "package.json", "package-lock.json", "tsconfig.json"];
const STAMP = join(ROOT, ".build/pages.sha256");

function* filesBelow(path: string): Generator<string> {
  if (!existsSync(path)) return;
  if (!statSync(path).isDirectory()) return void (yield path);
  for (const name of readdirSync(path).sort()) {
    if (name !== "build" && !name.includes(".test.")) yield* filesBelow(join(path, name));
  }
}

function digest(): string {
  const hash = createHash("sha256");
  for (const source of [...SOURCES, ...FILES]) {
    for (const file of filesBelow(join(ROOT, source)))
      hash.update(`${file.slice(ROOT.length)}\0`).update(readFileSync(file));
  }
  return hash.digest("hex");
}

function run(script: string, ...args: string[]): void {
  const env = { ...process.env, NODE_ENV: "production", NEXT_TELEMETRY_DISABLED: "1" } as const;
  const { status } = spawnSync(process.execPath, [join(ROOT, script), ...args], { cwd: ROOT, env, stdio: "inherit" });
  if (status !== 0) process.exit(status ?? 1);
}

run("scripts/build-kernel.ts");
const now = digest();
const built = existsSync(join(ROOT, ".next/BUILD_ID")) && existsSync(STAMP) && readFileSync(STAMP, "utf8") === now;
if (!built || process.argv.includes("--force")) {
  run("node_modules/next/dist/bin/next", "build");
  mkdirSync(join(ROOT, ".build"), { recursive: true });
  writeFileSync(STAMP, now);
}
