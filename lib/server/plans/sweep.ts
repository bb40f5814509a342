/** Takes away what no plan needs: rows of imports that were refused or broken off, and originals that no plan names. */
import { deletePlanRows } from "../db/plan-operations.ts";
import { forgetImport, listImports, listOriginals } from "../db/plans.ts";
import type { PlansContext } from "./context.ts";
import { originalKey } from "./original.ts";

/** Rows taken away in one transaction. */
const PIECE = 5000;

export interface Sweeper {
  /** The rows of an import that will not be published go in the background: nobody sees them. */
  sweep(planId: number): void;
  /** Sweeps what an earlier process left. To be called before anything is submitted. */
  resume(): Promise<void>;
  /** Resolves when nothing is left to do. */
  idle(): Promise<void>;
  /** What is not done is found at the next start. */
  stop(): Promise<void>;
}

export function createSweeper({ db, blobs, log }: Pick<PlansContext, "db" | "blobs" | "log">): Sweeper {
  let stopped = false;
  let work: Promise<void> = Promise.resolve();

  async function clear(planId: number): Promise<void> {
    let more = true;
    while (more && !stopped) {
      const started = performance.now();
      more = await db.write((tx) => deletePlanRows(tx, planId, PIECE));
      // As long a rest as the work took: half of the writer stays free for others.
      if (more) await new Promise((resolve) => setTimeout(resolve, Math.min(500, performance.now() - started)));
    }
    if (!stopped) await db.write((tx) => forgetImport(tx, planId));
  }

  function sweep(planId: number): void {
    work = work
      .then(() => clear(planId))
      .catch((error) =>
        log.error({ err: error, plan: planId }, "clearing a refused plan failed; it goes on at the next start"),
      );
  }

  return {
    sweep,
    async resume() {
      const unfinished = await listImports(db.read);
      const named = new Set([...(await listOriginals(db.read))].map(originalKey));
      for await (const { key } of blobs.list("plans")) if (!named.has(key)) await blobs.delete(key);
      for (const id of unfinished) sweep(id);
    },
    idle: () => work,
    async stop() {
      stopped = true;
      await work;
    },
  };
}
