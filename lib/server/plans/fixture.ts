/** A Hub behind its guard with plans over it, for tests: real tables, decisions by the reviewers' own verbs. */
import { join } from "node:path";
import type { BucketOperation } from "#lib/core/bucket/operation.ts";
import { formatHeader, formatOperation } from "#lib/core/plan/codec.ts";
import { addToSummary, emptySummary } from "#lib/core/plan/kind.ts";
import type { PlanOperation, ReviewRules, Selection } from "#lib/core/plan/plan.ts";
import { SELECT_ALL } from "#lib/core/plan/plan.ts";
import { createMemoryBlobs } from "../blobs/memory.ts";
import { insertApproval } from "../db/plan-reviews.ts";
import { findPlan, type NamedPlan } from "../db/plans.ts";
import type { StoredOperation } from "../db/schema.ts";
import type { Dedup } from "../dedup/dedup.ts";
import { createUpstreamDedup } from "../dedup/upstream.ts";
import { type Actor, ANONYMOUS } from "../hub/actor.ts";
import { type Content, contentOf, type HubFixture, openHubFixture } from "../hub/fixture.ts";
import { createGuard, type Guard } from "./guard.ts";
import { createRulesVerbs } from "./rules.ts";
import { createRunner, type RunContext, type Runner } from "./run.ts";
import { refreshStatus } from "./status.ts";
import { submitPlan } from "./submit.ts";
import { createSweeper } from "./sweep.ts";

export interface PlansFixture extends HubFixture {
  guard: Guard;
  /** Without figures: nothing of a plan is weighed. */
  context: RunContext & { dedup: Dedup };
  runner: Runner;
  /** A bucket of `owner` with files of these contents, `path -> name of the content`, 100 bytes each; others can read it. */
  fill(owner: Actor, id: string, files: Record<string, string>): Promise<void>;
  /** One batch. */
  batch(actor: Actor, id: string, ...operations: BucketOperation[]): Promise<void>;
  /** What the bucket holds, `path -> name of the content`. */
  held(id: string): Promise<Record<string, string>>;
  rules(owner: Actor, id: string, changes: Partial<ReviewRules>): Promise<void>;
  /** Submits a plan for `hf://buckets/ID`; returns its id. */
  submit(actor: Actor, id: string, operations: PlanOperation[]): Promise<number>;
  approve(actor: Actor, planId: number, selection?: Selection): Promise<void>;
  plan(planId: number): Promise<NamedPlan>;
  /** Every row of the plan, by path and version. */
  rows(planId: number): Promise<StoredOperation[]>;
}

const SIZE = 100;

export function put(path: string, name: string, mtime?: number): BucketOperation {
  return { type: "addFile", path, xetHash: contentOf(name, SIZE).xetHash, mtime };
}

export function drop(path: string): BucketOperation {
  return { type: "deleteFile", path };
}

export function planUpload(path: string, name?: string): PlanOperation {
  const xetHash = name === undefined ? {} : { xetHash: contentOf(name, SIZE).xetHash };
  return { action: "upload", path, reason: "new file", size: SIZE, localMtime: 1_700_000_000_000_000, ...xetHash };
}

export function planDelete(path: string): PlanOperation {
  return { action: "delete", path, reason: "not in source (--delete)", size: SIZE };
}

/** What the work was refused with, in words; "nothing" when it was not. */
export function refusal(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => "nothing",
    (error: Error) => error.message,
  );
}

export async function* lines(operations: BucketOperation[]): AsyncGenerator<BucketOperation> {
  yield* operations;
}

export async function openPlansFixture(): Promise<PlansFixture> {
  let guard: Guard | undefined;
  const hub = await openHubFixture({
    guardOf(options) {
      guard = createGuard(options);
      return guard;
    },
  });
  const log = {
    error: (...words: unknown[]) => console.error(...words),
    warn: () => {},
  } as unknown as RunContext["log"];
  const given = { db: hub.db, blobs: createMemoryBlobs({ tmp: join(hub.folder, "tmp") }), clock: hub.clock, log };
  const context: PlansFixture["context"] = {
    dedup: createUpstreamDedup(),
    ...given,
    sweeper: createSweeper(given),
    hub: hub.hub,
    guard: guard!,
  };
  const runner = createRunner(context);
  const names = new Map<string, string>();

  async function prove(id: string, contents: Iterable<string>): Promise<void> {
    const proven: Content[] = [];
    for (const name of contents) {
      proven.push(contentOf(name, SIZE));
      names.set(contentOf(name, SIZE).xetHash, name);
    }
    await hub.prove(id, proven);
  }

  return {
    ...hub,
    guard: guard!,
    context,
    runner,
    async fill(owner, id, files) {
      await hub.hub.createBucket(owner, id, { visibility: "public" });
      await prove(id, [...Object.values(files), "new", "newer", "other"]);
      const operations = Object.entries(files).map(([path, name]) => put(path, name, 1_600_000_000_000));
      await hub.hub.applyBatch(owner, id, lines(operations));
    },
    async batch(actor, id, ...operations) {
      await hub.hub.applyBatch(actor, id, lines(operations), "http://hub.test");
    },
    async held(id) {
      const page = await hub.hub.listTree(ANONYMOUS, id, { prefix: "", recursive: true, limit: 5000 });
      const files = page.items.flatMap((entry) => (entry.type === "file" ? [entry] : []));
      return Object.fromEntries(files.map(({ path, xetHash }) => [path, names.get(xetHash) ?? xetHash]));
    },
    async rules(owner, id, changes) {
      const verbs = createRulesVerbs(context);
      await verbs.setRules(owner, id, { ...(await verbs.getRules(owner, id)), ...changes });
    },
    async submit(actor, id, operations) {
      const summary = emptySummary();
      for (const operation of operations) addToSummary(summary, operation);
      const header = formatHeader({
        source: "./local",
        dest: `hf://buckets/${id}`,
        timestamp: "2026-03-01T12:00:00+00:00",
        summary,
      });
      const text = [header, ...operations.map(formatOperation)].join("\n");
      return submitPlan(context, actor, { body: bytes(`${text}\n`) });
    },
    async approve(actor, planId, selection = SELECT_ALL) {
      await hub.db.write(async (tx) => {
        const plan = (await findPlan(tx, planId))!;
        const now = hub.clock();
        await insertApproval(tx, {
          plan_id: planId,
          version: plan.version,
          digest: plan.digest,
          user_id: actor.account!.id,
          token_label: null,
          verdict: "approve",
          selection: JSON.stringify(selection),
          note: "",
          created_at: now,
          expires_at: now + 3600_000,
          withdrawn_at: null,
        });
        await refreshStatus(tx, planId, now);
      });
    },
    plan: async (planId) => (await findPlan(hub.db.read, planId))!,
    rows: (planId) =>
      hub.db.read
        .selectFrom("plan_operations")
        .selectAll()
        .where("plan_id", "=", planId)
        .orderBy("path")
        .orderBy("since")
        .execute(),
    async close() {
      await runner.stop();
      await context.sweeper.stop();
      await hub.close();
    },
  };
}

async function* bytes(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text);
}
