/** Plans that are made here (computed, or taking another one back): their operations become rows, and a file as a client would have written it. */
import { createReadStream, createWriteStream } from "node:fs";
import { rm } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import { formatHeader, formatOperation } from "#lib/core/plan/codec.ts";
import { addToSummary, emptySummary } from "#lib/core/plan/kind.ts";
import type { PlanOperation } from "#lib/core/plan/plan.ts";
import type { Actor } from "../hub/actor.ts";
import type { PlansContext } from "./context.ts";
import { beginImport, type ImportTarget } from "./import.ts";
import { createOriginalWriter } from "./original.ts";

export interface MadePlan {
  actor: Actor;
  target: ImportTarget;
  title: string;
  source: string;
  dest: string;
  /** JSON: how it was made. */
  options: string;
  revertOf: number | null;
  /** Each path once, best in order. */
  operations: AsyncIterable<PlanOperation>;
}

/** Stores the plan or nothing; returns its id. */
export async function storeMadePlan(context: PlansContext, plan: MadePlan): Promise<number> {
  const { blobs, clock } = context;
  const { actor, target, title, source, dest, options, revertOf } = plan;
  const coming = await beginImport(context, actor, target, null);
  // The header comes first and sums up what follows: the lines wait in a file of their own.
  const spool = blobs.stage();
  const original = createOriginalWriter(blobs);
  try {
    const summary = emptySummary();
    await pipeline(
      async function* () {
        let line = 0;
        for await (const operation of plan.operations) {
          line += 1;
          addToSummary(summary, operation);
          await coming.add(operation, line);
          yield `${formatOperation(operation)}\n`;
        }
      },
      createWriteStream(spool, { flags: "wx" }),
    );
    const timestamp = new Date(clock()).toISOString().replace("Z", "+00:00");
    await original.write(Buffer.from(`${formatHeader({ source, dest, timestamp, summary })}\n`));
    for await (const piece of createReadStream(spool, { highWaterMark: 1024 * 1024 })) await original.write(piece);
    await coming.flush();
    if (coming.duplicates.count > 0) throw new Error("A plan that is made here names each path once.");
    await coming.publish({ title, source, dest, timestamp, original: await original.keep(), options, revertOf });
    return coming.id;
  } catch (error) {
    await original.discard();
    await coming.abandon();
    throw error;
  } finally {
    await rm(spool, { force: true });
  }
}
