/**
 * The dedup figures of this process. A thread of its own reads and sums (`worker.ts`), this thread says who may see what, writes what was
 * found, and waits a little for figures that are just being made.
 */
import type { Logger } from "pino";
import type { AsOf, StoreFigures } from "#lib/core/bucket/dedup/figures.ts";
import type { BucketId } from "#lib/core/bucket/id.ts";
import { HubError } from "#lib/core/errors.ts";
import { DEFAULT_GRACE } from "../cas/grace.ts";
import type { Database } from "../db/db.ts";
import { findSetDate, findSetState, findSharers, findSharersOf, listHistory, type SeenBucket } from "../db/dedup.ts";
import { grant, readableBuckets } from "../hub/access.ts";
import type { Actor } from "../hub/actor.ts";
import type { Dedup } from "./dedup.ts";
import { createPlanVerbs } from "./plans.ts";
import { createRecompute } from "./recompute.ts";
import { createScheduler } from "./scheduler.ts";
import { listStoreBuckets } from "./store-buckets.ts";
import { createDedupThread } from "./thread.ts";
import type { Dated, View } from "./verbs.ts";

export interface DedupOptions {
  db: Database;
  /** The database's file, which the thread opens too. */
  file: string;
  /** ms since the epoch. */
  clock: () => number;
  log: Pick<Logger, "error">;
  /** How long content stays that nothing refers to, ms. */
  grace?: number;
  /** What the thread may keep of buckets it has read, bytes. */
  modelBytes?: number;
}

export const SELECTION_MAX = 100_000;
const HISTORY_MAX = 2000;
/** How long an answer waits for figures that are being computed, ms; and when there are none yet. */
const WAIT_MS = 150;
const FIRST_WAIT_MS = 2000;

export function createDedup({
  db,
  file,
  clock,
  log,
  grace = DEFAULT_GRACE,
  modelBytes = 512 * 1024 ** 2,
}: DedupOptions): Dedup {
  const thread = createDedupThread({ file, modelBytes });
  let stopped = false;
  const recompute = createRecompute({ db, thread, clock, isStopped: () => stopped });
  const scheduler = createScheduler({ db, log, compute: recompute });
  const started = recompute
    .clean()
    .then(() => scheduler.start())
    .catch((error) => log.error({ err: error }, "starting the dedup figures failed"));

  interface Seen {
    view: View;
    sharers: SeenBucket[];
    updatedAt: number;
    /** What the answer says of its age. */
    date(answer: Dated): AsOf;
  }

  /** Who asks may read the bucket; its figures are there, and as new as waiting a little makes them. */
  async function see(actor: Actor, id: BucketId): Promise<Seen> {
    const { bucket } = await grant(db.read, actor, id, "read");
    await freshen(bucket.id);
    const readable = await readableBuckets(db.read, actor);
    const sharers = await findSharers(db.read, bucket.id, readable);
    const until = performance.now() + WAIT_MS;
    for (const sharer of sharers) await scheduler.settled(sharer.id, Math.max(0, until - performance.now()));
    const others = sharers.map((sharer) => sharer.id);
    const pending = others.some((other) => scheduler.isPending(other));
    const now = (await findSetState(db.read, bucket.id))?.updatedAt;
    return {
      view: { bucketId: bucket.id, others },
      sharers,
      updatedAt: bucket.updated_at,
      date: ({ asOf, version }) => ({ asOf, pending: pending || version !== now }),
    };
  }

  async function freshen(bucketId: number): Promise<void> {
    const state = await findSetState(db.read, bucketId);
    if (state === undefined || state.version === state.updatedAt) return;
    scheduler.touch(bucketId);
    await scheduler.settled(bucketId, state.version === null ? FIRST_WAIT_MS : WAIT_MS);
  }

  const dated = <T extends Dated>(seen: Seen, { asOf, version, ...rest }: T) => ({
    ...rest,
    ...seen.date({ asOf, version }),
  });

  const namesOf = ({ view, sharers }: Seen, id: BucketId) =>
    new Map([[view.bucketId, id], ...sharers.map(({ id: other, name }) => [other, name] as const)]);

  async function readStore(actor: Actor, namespace: string | undefined): Promise<StoreFigures> {
    const listed = await listStoreBuckets(db.read, actor, namespace);
    const stale = listed.filter(({ version, updatedAt }) => version !== updatedAt);
    for (const { id } of stale) scheduler.touch(id);
    const until = performance.now() + (stale.some(({ version }) => version === null) ? FIRST_WAIT_MS : WAIT_MS);
    for (const { id } of stale) await scheduler.settled(id, Math.max(0, until - performance.now()));
    const ids = listed.map(({ id }) => id);
    const sharers = await findSharersOf(db.read, ids, await readableBuckets(db.read, actor));
    const spaces = [...new Set(listed.map((bucket) => bucket.namespace))];
    const answer = await thread.ask("store", {
      buckets: listed.map((bucket) => ({ id: bucket.id, group: spaces.indexOf(bucket.namespace) })),
      others: sharers.filter((id) => !ids.includes(id)),
    });
    const now = new Map((await listStoreBuckets(db.read, actor, namespace)).map((bucket) => [bucket.id, bucket]));
    const buckets = answer.buckets.flatMap(({ id, figures, asOf, version }) => {
      const bucket = now.get(id);
      if (bucket === undefined) return [];
      return [{ bucket: bucket.name, figures, asOf, pending: version !== bucket.updatedAt }];
    });
    return {
      figures: answer.figures,
      namespaces: answer.groups.map((figures, group) => ({ name: spaces[group], figures })),
      buckets,
      asOf: buckets.reduce((oldest, { asOf }) => Math.min(oldest, asOf), clock()),
      pending: buckets.length < listed.length || buckets.some((bucket) => bucket.pending),
    };
  }

  return {
    async summary(actor, id, path) {
      const seen = await see(actor, id);
      const answer = await thread.ask("summary", { ...seen.view, path });
      const names = namesOf(seen, id);
      const { waiting } = answer;
      return {
        ...dated(seen, answer),
        bucket: id,
        path,
        sharedWith: answer.sharedWith.map(({ id: other, bytes }) => ({ bucket: names.get(other)!, bytes })),
        waiting: waiting && { ...waiting, freedAt: waiting.since === null ? null : waiting.since + grace },
      };
    },

    async listEntries(actor, id, { cursor = null, ...options }) {
      const seen = await see(actor, id);
      return dated(seen, await thread.ask("entries", { ...seen.view, ...options, cursor }));
    },

    async selection(actor, id, { files, folders }) {
      if (files.length + folders.length > SELECTION_MAX) {
        throw new HubError("BadRequest", `At most ${SELECTION_MAX} paths are selected at once.`);
      }
      const seen = await see(actor, id);
      return dated(seen, await thread.ask("selection", { ...seen.view, files, folders }));
    },

    async matrix(actor, id, { paths = null, run = null }: { paths?: string[] | null; run?: string | null }) {
      const seen = await see(actor, id);
      return dated(seen, await thread.ask("matrix", { ...seen.view, paths, run }));
    },

    async checkpoints(actor, id) {
      const seen = await see(actor, id);
      return dated(seen, await thread.ask("checkpoints", seen.view));
    },

    async history(actor, id) {
      const { bucket } = await grant(db.read, actor, id, "read");
      await freshen(bucket.id);
      const set = await findSetDate(db.read, bucket.id);
      const points = await listHistory(db.read, bucket.id, HISTORY_MAX);
      return { points, asOf: set?.as_of ?? clock(), pending: set?.version !== bucket.updated_at };
    },

    async files(actor, id) {
      const seen = await see(actor, id);
      return dated(seen, await thread.ask("files", seen.view));
    },

    async map(actor, id, path, { cells }) {
      const seen = await see(actor, id);
      return dated(seen, await thread.ask("map", { ...seen.view, path, cells }));
    },

    async range(actor, id, path, range) {
      const seen = await see(actor, id);
      const { holders, ...answer } = await thread.ask("range", { ...seen.view, path, ...range });
      const names = namesOf(seen, id);
      const named = holders.map(({ id: other, ...held }) => ({ bucket: names.get(other)!, ...held }));
      return { ...dated(seen, answer), holders: named };
    },

    store: (actor, { namespace }) => readStore(actor, namespace),
    ...createPlanVerbs({ db, thread, see }),

    touch: scheduler.touch,
    async idle() {
      await started;
      await scheduler.idle();
    },
    async close() {
      stopped = true;
      await started;
      const ended = scheduler.stop();
      await thread.close();
      await ended;
    },
  };
}
