import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { LockedError, lockDataDir, runningServer } from "./lock.ts";

let dataDir: string;
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), "cooperage-lock-"));
});
afterEach(() => rmSync(dataDir, { recursive: true }));

test("a second holder is refused and told who has it; a release lets the next one in", () => {
  const unlock = lockDataDir(dataDir, "http://127.0.0.1:3000");
  expect(() => lockDataDir(dataDir, "http://127.0.0.1:3001")).toThrow(LockedError);
  expect(() => lockDataDir(dataDir, "")).toThrow(new RegExp(`process ${process.pid} on .*http://127.0.0.1:3000`));
  expect(runningServer(dataDir)).toBe("http://127.0.0.1:3000");
  unlock();
  expect(runningServer(dataDir)).toBeNull();
  lockDataDir(dataDir, "http://127.0.0.1:3001")();
});

test("a folder that is not there yet is made, and nobody runs in it", () => {
  expect(runningServer(join(dataDir, "new/folder"))).toBeNull();
});

test("a killed holder leaves nothing behind", async () => {
  const program = `import { lockDataDir } from ${JSON.stringify(new URL("./lock.ts", import.meta.url).href)};
    lockDataDir(${JSON.stringify(dataDir)}, "http://killed"); console.log("held"); setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", program]);
  await once(child.stdout, "data");
  expect(runningServer(dataDir)).toBe("http://killed");
  child.kill("SIGKILL");
  await once(child, "exit");
  expect(runningServer(dataDir)).toBeNull();
});
