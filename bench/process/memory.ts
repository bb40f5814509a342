/** How much memory a process takes while something goes on. */
import { readFile } from "node:fs/promises";

export interface MemoryWatch {
  /** When watching began, bytes. */
  idle: number;
  /** Ends watching; the most that was seen, bytes. */
  end(): Promise<number>;
}

export async function watchMemory(pid: number): Promise<MemoryWatch> {
  const idle = await ownBytes(pid);
  let most = idle;
  let watching = true;
  const watch = (async () => {
    while (watching) {
      most = Math.max(most, await ownBytes(pid));
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  })();
  return {
    idle,
    async end() {
      watching = false;
      await watch;
      return most;
    },
  };
}

/** Bytes that a process holds for itself: pages of mapped files are the system's to take back. */
async function ownBytes(pid: number): Promise<number> {
  const kib = /RssAnon:\s+(\d+)/.exec(await readFile(`/proc/${pid}/status`, "utf8"))?.[1];
  return Number(kib) * 1024;
}
