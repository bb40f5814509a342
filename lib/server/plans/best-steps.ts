/**
 * Which steps of training runs are their best, by the runs' own `trainer_state.json`. Looked up as deletes of checkpoints come by: the state
 * beside the checkpoints, else that of the newest checkpoint, which knows of all before it.
 */
import { formatBucketId } from "#lib/core/bucket/id.ts";
import { baseName, parentOf } from "#lib/core/bucket/path.ts";
import { isHubError } from "#lib/core/errors.ts";
import { type BestStep, bestStepOf } from "#lib/core/plan/findings.ts";
import type { NamedBucket } from "../db/buckets.ts";
import { findEntry, findFiles, listByName } from "../db/files.ts";
import type { Actor } from "../hub/actor.ts";
import { toFile } from "../hub/tree.ts";
import type { PlansContext } from "./context.ts";

const STATE = "trainer_state.json";
const CHECKPOINT = /^checkpoint-(\d+)$/;
/** Runs that one plan looks into. */
const RUNS_MAX = 50;
/** A state has a line a logged step; larger ones are not read. */
const STATE_BYTES_MAX = 8 * 1024 * 1024;
const CHECKPOINTS_MAX = 1000;

export interface BestSteps {
  /** Grows as runs are looked into. */
  readonly known: BestStep[];
  /** Looks into the runs that these full paths lie in, each once. */
  look(targets: Iterable<string>): Promise<void>;
}

export function createBestSteps(
  { db: { read: db }, hub, log }: Pick<PlansContext, "db" | "hub" | "log">,
  actor: Actor,
  bucket: NamedBucket,
): BestSteps {
  const seen = new Set<string>();
  const known: BestStep[] = [];
  let last = "";

  async function findState(run: string) {
    const inside = (folder: string) => (folder === "" ? STATE : `${folder}/${STATE}`);
    const [beside] = await findFiles(db, bucket.id, [inside(run)]);
    if (beside !== undefined) return beside;
    const folder = await findEntry(db, bucket.id, 0, run);
    if (folder === undefined) return undefined;
    const options = { folderId: folder.id, folderPath: run, kind: 0, direction: "desc", after: null } as const;
    const { rows } = await listByName(db, { ...options, limit: CHECKPOINTS_MAX });
    const step = (path: string) => Number(CHECKPOINT.exec(baseName(path))?.[1] ?? -1);
    const newest = rows.map(({ path }) => path).sort((a, b) => step(b) - step(a))[0];
    if (newest === undefined || step(newest) < 0) return undefined;
    return (await findFiles(db, bucket.id, [inside(newest)]))[0];
  }

  async function lookInto(run: string): Promise<void> {
    const row = await findState(run);
    if (row === undefined || row.size > STATE_BYTES_MAX) return;
    try {
      const id = formatBucketId(bucket.namespace, bucket.name);
      const pieces: Uint8Array[] = [];
      const body = await hub.readFile(actor, id, toFile(row), { start: 0, end: row.size });
      for await (const piece of body) pieces.push(new Uint8Array(piece));
      const best = bestStepOf(JSON.parse(Buffer.concat(pieces).toString()), parentOf(row.path));
      if (best !== null) known.push(best);
    } catch (error) {
      // Not a trainer's state after all, or its content is not to be had: then nothing is known of this run.
      if (!(error instanceof SyntaxError) && !isHubError(error)) {
        log.warn({ err: error, path: row.path }, "a trainer's state could not be read");
      }
    }
  }

  return {
    known,
    async look(targets) {
      for (const target of targets) {
        const folder = parentOf(target);
        if (folder === last) continue;
        last = folder;
        // Deeper files of a checkpoint (its tokenizer's folder) lead up to it.
        const parts = folder.split("/");
        const at = parts.findLastIndex((part) => CHECKPOINT.test(part));
        if (at === -1) continue;
        const run = parts.slice(0, at).join("/");
        if (seen.has(run) || seen.size >= RUNS_MAX) continue;
        seen.add(run);
        await lookInto(run);
      }
    },
  };
}
