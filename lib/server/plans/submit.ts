/**
 * A plan file comes in: read line by line, checked to its end whatever is wrong with it, staged while it comes, published when all is
 * right. Nothing of a refused plan stays.
 */

import { HubError } from "#lib/core/errors.ts";
import { formatOperation } from "#lib/core/plan/codec.ts";
import type { Place } from "#lib/core/plan/place.ts";
import type { PlanHeader } from "#lib/core/plan/plan.ts";
import { PlanReader, type PlanRefusal, type ReadOperation } from "#lib/core/plan/reader.ts";
import { findRole } from "../db/accounts.ts";
import type { NamedBucket } from "../db/buckets.ts";
import { grant, signInFirst } from "../hub/access.ts";
import type { Actor } from "../hub/actor.ts";
import { checkMayPropose, type PlansContext } from "./context.ts";
import { beginImport, type Duplicate, type ImportTarget, type PlanImport } from "./import.ts";
import { createOriginalWriter } from "./original.ts";
import type { SubmitOptions } from "./plans.ts";

/** Problems after which staging stops: so many are told. */
const PROBLEMS_STAGED = 100;
const TITLE_MAX = 200;
/** As long as paths of file systems get. */
const PLACE_MAX = 4096;

/** Stores the plan or nothing; returns its id. */
export async function submitPlan(context: PlansContext, actor: Actor, { body, title }: SubmitOptions): Promise<number> {
  if (actor.account === null) throw signInFirst();
  const given = title === undefined ? undefined : checkTitle(title);
  const original = createOriginalWriter(context.blobs);
  const reader = new PlanReader({ hash: { update() {}, hex: () => original.sha256() } });
  let coming: PlanImport | null = null;
  // Kept until the body has ended: a server that hangs up in the middle of a body cannot tell why.
  let failure: unknown = null;

  async function take(operations: ReadOperation[]): Promise<void> {
    if (reader.target === null || operations.length === 0) return;
    coming ??= await begin(context, actor, reader);
    if (reader.problemCount + coming.duplicates.count >= PROBLEMS_STAGED) return;
    for (const operation of operations) await coming.add(operation, operation.line);
  }

  try {
    for await (const chunk of body) {
      if (failure !== null) continue;
      try {
        // Of a file that is no text of lines nothing is told but its length.
        if (!reader.stopped) await original.write(chunk);
        await take(reader.push(chunk));
        if (reader.problemCount > 0) await original.discard();
      } catch (error) {
        failure = error;
        await original.discard();
      }
    }
    if (failure !== null) throw failure;
    await take(reader.end());
    // A header alone is a plan too: nothing to do.
    if (reader.header !== null && reader.target !== null) coming ??= await begin(context, actor, reader);
    await coming?.flush();
    const refusal = refusalOf(reader, coming?.duplicates.first ?? []);
    if (refusal !== null) throw refusal;
    const { header } = reader;
    if (coming === null || header === null) throw new Error("A plan without faults has a header.");
    const kept = await original.keep();
    await coming.publish({
      title: given ?? titleOf(header, reader.target!.place),
      source: header.source,
      dest: header.dest,
      timestamp: header.timestamp,
      original: kept,
      options: "{}",
      revertOf: null,
    });
    return coming.id;
  } catch (error) {
    await original.discard();
    await coming?.abandon();
    throw error;
  }
}

async function begin(context: PlansContext, actor: Actor, { target: at, header }: PlanReader): Promise<PlanImport> {
  if (at === null || header === null) throw new Error("An operation was read before the header.");
  const { direction, place } = at;
  if (Math.max(header.source.length, header.dest.length) > PLACE_MAX) {
    throw new HubError("BadRequest", `The source and the destination of a plan have at most ${PLACE_MAX} characters.`);
  }
  const { bucket } = await grant(context.db.read, actor, place.bucket, "read");
  await checkProposer(context, actor, bucket);
  const target: ImportTarget = {
    bucket,
    prefix: place.prefix,
    direction,
    sourceBucketId: null,
    sourcePrefix: null,
  };
  return beginImport(context, actor, target, header.summary);
}

/** Throws Forbidden for who may not propose changes to the bucket. */
export async function checkProposer({ db }: PlansContext, actor: Actor, bucket: NamedBucket): Promise<void> {
  const role = actor.account === null ? undefined : await findRole(db.read, bucket.namespace_id, actor.account.id);
  checkMayPropose(actor, bucket, role);
}

function refusalOf(reader: PlanReader, duplicates: Duplicate[]): HubError | null {
  const alone = reader.problemCount === 0;
  for (const { operation, line, first } of duplicates) {
    const path = JSON.stringify(operation.path);
    reader.report(
      line + 1,
      "duplicate",
      `The path ${path} stands twice: on line ${first + 1} and on line ${line + 1}.`,
    );
  }
  const refusal = reader.refusal();
  const [twice] = duplicates;
  if (refusal !== null && alone && twice !== undefined) {
    // The two lines lie anywhere in the file, which is not kept; as lines they are what was read.
    const text = formatOperation(twice.operation);
    const plan = refusal.details.plan as PlanRefusal;
    plan.excerpt = [twice.first, twice.line].map((line) => ({ line: line + 1, text }));
  }
  return refusal;
}

export function checkTitle(title: string): string {
  const text = title.replace(/\s+/g, " ").trim();
  if (text === "" || text.length > TITLE_MAX) {
    throw new HubError("BadRequest", `A title has 1 to ${TITLE_MAX} characters.`);
  }
  return text;
}

/** What people call a plan that nobody named: by the folder that it fills. */
export function titleOf({ source, dest }: Pick<PlanHeader, "source" | "dest">, place: Place): string {
  const local = source.startsWith("hf://") ? dest : source;
  const name = place.prefix === "" ? place.bucket.slice(place.bucket.indexOf("/") + 1) : place.prefix;
  const from = local.replace(/\/+$/, "").split(/[\\/]/).at(-1) ?? "";
  const named = /^[.~]*$/.test(from) || from === name ? name : `${from} to ${name}`;
  return `Sync ${named}`.slice(0, TITLE_MAX);
}
