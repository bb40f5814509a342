/**
 * Set-up of the unit suite: one temporary folder for all that its tests put down, removed at the end, when it must be empty. In memory
 * where there is room: a store waits for the disk at every commit, thousands of times, and no test cuts the power. TMPDIR chooses another.
 */
import { mkdtempSync, readdirSync, rmSync, statfsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const MEMORY = "/dev/shm";
/** What the suite may hold at a time, generously, bytes. A container often gives no more than 64 MiB. */
const ROOM = 2 * 1024 ** 3;
const NAME = /^cooperage-unit-(\d+)-/;

function hasRoom(folder: string): boolean {
  try {
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize >= ROOM;
  } catch {
    return false;
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** What runs left that were killed. */
function removeOld(parent: string): void {
  for (const name of readdirSync(parent)) {
    const pid = NAME.exec(name)?.[1];
    if (pid !== undefined && !isAlive(Number(pid))) rmSync(join(parent, name), { recursive: true, force: true });
  }
}

export default function setup(): () => void {
  const parent = process.env.TMPDIR === undefined && hasRoom(MEMORY) ? MEMORY : tmpdir();
  removeOld(parent);
  const folder = mkdtempSync(join(parent, `cooperage-unit-${process.pid}-`));
  process.env.TMPDIR = folder;
  return () => {
    const left = readdirSync(folder);
    rmSync(folder, { recursive: true, force: true });
    if (left.length > 0) throw new Error(`Tests left folders behind: ${left.join(", ")}.`);
  };
}
