/**
 * One server a DATA_DIR. The lock is SQLite's own file lock, held by an open transaction: the system drops it with the process,
 * however that ends, so nothing stale is ever left. Who holds it stands beside it in words.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

export class LockedError extends Error {}

/** Makes the folder where it is missing, and returns the release. Throws LockedError that says who holds the folder. */
export function lockDataDir(dataDir: string, address: string): () => void {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const holder = join(dataDir, "server.json");
  const lock = new DatabaseSync(join(dataDir, "server.lock"), { timeout: 0 });
  try {
    lock.exec("PRAGMA journal_mode=DELETE; BEGIN EXCLUSIVE");
  } catch (error) {
    lock.close();
    if (!/lock|busy/i.test((error as Error).message)) throw error;
    throw new LockedError(
      `${dataDir} is in use by another server${holderOf(holder)}. Stop it, or choose another DATA_DIR.`,
    );
  }
  writeFileSync(
    holder,
    JSON.stringify({ pid: process.pid, host: hostname(), address, since: new Date().toISOString() }),
  );
  return () => lock.close();
}

/** The address of the server that has `dataDir` open, null when none has. */
export function runningServer(dataDir: string): string | null {
  try {
    lockDataDir(dataDir, "")();
    return null;
  } catch (error) {
    if (!(error instanceof LockedError)) throw error;
    return JSON.parse(readFileSync(join(dataDir, "server.json"), "utf8")).address;
  }
}

function holderOf(holder: string): string {
  try {
    const { pid, host, address, since } = JSON.parse(readFileSync(holder, "utf8"));
    return ` (process ${pid} on ${host}, ${address}, since ${since})`;
  } catch {
    return "";
  }
}
