/** The operations of a plan, as pages show them: a level of the tree, the flat list, one with both its sides. */
import { HubError } from "#lib/core/errors.ts";
import { compileGlob, isGlob } from "#lib/core/plan/filter.ts";
import {
  PLAN_KINDS,
  type PlanAction,
  type PlanFolderRow,
  type PlanOperation,
  type PlanOperationDetails,
  type PlanOperationRow,
  type PlanRow,
} from "#lib/core/plan/plan.ts";
import { ZERO_HASH } from "#lib/core/xet/constants.ts";
import { hashToHex } from "#lib/core/xet/hash.ts";
import { findReadableFiles } from "../db/content-lookup.ts";
import { findFiles, type ListedRow } from "../db/files.ts";
import { figuresOf, findPlanFolder, listPlanFolders } from "../db/plan-folders.ts";
import {
  findPlanOperation,
  listPlanOperationsByFolder,
  listPlanOperationsByLine,
  type OperationColumnsFilter,
} from "../db/plan-operations.ts";
import { countComments } from "../db/plan-reviews.ts";
import type { NamedPlan } from "../db/plans.ts";
import { nextTurn } from "../db/rows.ts";
import type { StoredOperation, StoredPlan, StoredPlanFolder } from "../db/schema.ts";
import { readableBuckets } from "../hub/access.ts";
import { formatCursor, parseCursor } from "../hub/cursor.ts";
import { grantPlan, type PlansContext } from "./context.ts";
import { type Coverage, loadCoverage } from "./coverage.ts";
import { groundOf, groundOfFile } from "./ground.ts";
import type { OperationFilter, Plans } from "./plans.ts";

type OperationVerbs = Pick<Plans, "listTree" | "listOperations" | "getOperation">;

/** Operations that one request with a filter looks at, at most; tests make it small. */
const SCAN_BUDGET = 20_000;
/** Looked at between two turns of the event loop. */
const PIECE = 2000;

export function createOperationVerbs(
  { db: { read: db }, clock }: PlansContext,
  scanBudget = SCAN_BUDGET,
): OperationVerbs {
  return {
    async listTree(actor, id, { folder, limit, cursor, filter = {} }) {
      const { plan } = await grantPlan(db, actor, id);
      const row = await findPlanFolder(db, id, folder);
      if (row === undefined) {
        if (folder === "") return { items: [], cursor: null };
        throw new HubError("EntryNotFound", `Plan ${id} has no folder ${JSON.stringify(folder.slice(0, 200))}.`);
      }
      const [part, after] =
        cursor === undefined
          ? ["folders", ""]
          : (parseCursor(cursor, "tree", ["string", "string"]) as [string, string]);
      const comments = await countComments(db, id);
      const items: PlanRow[] = [];
      let place: [string, string] | null = [part, after];
      let budget = scanBudget;
      if (part === "folders") {
        let from: string | null = after === "" ? null : after;
        for (;;) {
          const room: number = limit - items.length;
          const found: StoredPlanFolder[] = await listPlanFolders(db, {
            planId: id,
            parentId: row.id,
            after: from,
            limit: room + 1,
          });
          const page = found.slice(0, room);
          items.push(...page.filter((one) => mayHold(one, filter)).map((one) => toFolderRow(one, comments)));
          from = page.at(-1)?.path ?? from;
          budget -= page.length;
          if (found.length <= room) {
            place = ["operations", ""];
            break;
          }
          if (items.length >= limit || budget <= 0)
            return { items, cursor: formatCursor("tree", ["folders", from ?? ""]) };
          await nextTurn();
        }
      }
      if (items.length >= limit) return { items, cursor: formatCursor("tree", ["operations", ""]) };
      const walk = (from: string | null, count: number, most: number) =>
        listPlanOperationsByFolder(db, {
          planId: id,
          folderId: row.id,
          after: from,
          filter: columnsOf(filter),
          budget: most,
          limit: count,
        });
      const read = createPageReader(plan, filter, comments);
      const start = place[0] === "operations" && place[1] !== "" ? place[1] : null;
      const { rows, next } = await read({
        start,
        limit: limit - items.length,
        budget,
        walk,
        placeOf: (one) => one.path,
      });
      items.push(...rows);
      return { items, cursor: next === null ? null : formatCursor("tree", ["operations", next]) };
    },

    async listOperations(actor, id, { filter, limit, cursor }) {
      const { plan } = await grantPlan(db, actor, id);
      const start = cursor === undefined ? -1 : (parseCursor(cursor, "lines", ["number"])[0] as number);
      const comments = await countComments(db, id);
      const read = createPageReader(plan, filter, comments);
      const { rows, next } = await read<number>({
        start,
        limit,
        budget: scanBudget,
        walk: (after, count, most) =>
          listPlanOperationsByLine(db, {
            planId: id,
            after: after ?? -1,
            filter: columnsOf(filter),
            budget: most,
            limit: count,
          }),
        placeOf: (one) => one.line,
      });
      return { items: rows, cursor: next === null ? null : formatCursor("lines", [next]) };
    },

    async getOperation(actor, id, path) {
      const { plan, bucket } = await grantPlan(db, actor, id);
      const row = await findPlanOperation(db, id, path);
      if (row === undefined) {
        throw new HubError("EntryNotFound", `Plan ${id} has no operation ${JSON.stringify(path.slice(0, 200))}.`);
      }
      const coverage = await loadCoverage(db, plan, clock());
      const [now] = row.target === "" ? [] : await findFiles(db, bucket.id, [row.target]);
      const moved = row.stale === 1 ? movedWords(row, now) : null;
      const hash = row.xet_hash === null ? null : hashToHex(row.xet_hash);
      const held = hash !== null && (await isReadable(row.xet_hash!));
      const details: PlanOperationDetails = {
        ...toOperationRow(row, coverage, await countComments(db, id), moved),
        localMtime: row.local_mtime,
        remoteMtime: row.remote_mtime,
        target: row.target,
        xetHash: hash,
        ground: groundOf(row),
        now: groundOfFile(now),
        newBytes: hash === null ? null : held ? 0 : null,
        readable: held && now !== undefined,
      };
      return details;

      async function isReadable(bytes: Uint8Array): Promise<boolean> {
        if (hash === ZERO_HASH) return true;
        const stored = Buffer.from(bytes).toString("hex");
        return (await findReadableFiles(db, [stored], await readableBuckets(db, actor))).size > 0;
      }
    },
  };

  /** Reads pages of operations under a filter whose last parts (names, approval) no column tells. */
  function createPageReader(plan: NamedPlan, filter: OperationFilter, comments: ReadonlyMap<string, number>) {
    const matches = matcherOf(filter);
    return async <P extends string | number>(options: {
      start: P | null;
      limit: number;
      budget: number;
      walk(
        after: P | null,
        count: number,
        budget: number,
      ): Promise<{ rows: StoredOperation[]; stoppedAt: { line: number; path: string } | null }>;
      placeOf(row: { line: number; path: string }): P;
    }): Promise<{ rows: PlanOperationRow[]; next: P | null }> => {
      const { limit, walk, placeOf } = options;
      const coverage = await loadCoverage(db, plan, clock());
      const kept: StoredOperation[] = [];
      let at = options.start;
      let left = options.budget;
      let next: P | null = at;
      while (kept.length <= limit && left > 0) {
        const most = Math.min(PIECE, left);
        // One more than the page has, to know whether another page follows.
        const count = Math.min(
          PIECE,
          matches === null && filter.approved === undefined ? limit + 1 - kept.length : PIECE,
        );
        const { rows, stoppedAt } = await walk(at, count, most);
        for (const row of rows) {
          if (matches !== null && !matches(row.path)) continue;
          if (filter.approved !== undefined && coverage.approves(row) !== filter.approved) continue;
          kept.push(row);
          if (kept.length > limit) break;
        }
        if (kept.length > limit) break;
        const last = stoppedAt ?? (rows.length === count ? rows.at(-1)! : null);
        next = last === null ? null : placeOf(last);
        if (last === null) break;
        at = next;
        left -= stoppedAt === null ? rows.length : most;
        await nextTurn();
      }
      if (kept.length > limit) {
        kept.length = limit;
        const last = kept.at(-1);
        next = last === undefined ? options.start : placeOf(last);
      }
      const rows = await toOperationRows(plan, kept, coverage, comments);
      return { rows, next };
    };
  }

  async function toOperationRows(
    plan: NamedPlan,
    rows: StoredOperation[],
    coverage: Coverage,
    comments: ReadonlyMap<string, number>,
  ): Promise<PlanOperationRow[]> {
    const stale = rows.filter((row) => row.stale === 1);
    const now = new Map<string, ListedRow>();
    if (stale.length > 0) {
      for (const file of await findFiles(
        db,
        plan.bucket_id,
        stale.map((row) => row.target),
      ))
        now.set(file.path, file);
    }
    return rows.map((row) =>
      toOperationRow(row, coverage, comments, row.stale === 1 ? movedWords(row, now.get(row.target)) : null),
    );
  }
}

export function toOperationRow(
  row: StoredOperation,
  coverage: Pick<Coverage, "approves">,
  comments: ReadonlyMap<string, number>,
  moved: string | null,
): PlanOperationRow {
  return {
    type: "operation",
    path: row.path,
    kind: PLAN_KINDS[row.kind],
    reason: row.reason,
    size: row.size ?? 0,
    findings: row.findings,
    stale: row.stale === 1,
    approved: coverage.approves(row),
    spentAt: row.spent_at,
    error: row.error,
    comments: comments.get(row.path) ?? 0,
    moved,
  };
}

function toFolderRow(row: StoredPlanFolder, comments: ReadonlyMap<string, number>): PlanFolderRow {
  let count = 0;
  for (const [path, here] of comments) if (path.startsWith(row.path)) count += here;
  const sum = (part: "stale" | "spent") => {
    const figures = figuresOf(row, part);
    return PLAN_KINDS.reduce((total, kind) => total + figures[kind].count, 0);
  };
  return {
    type: "folder",
    path: row.path,
    totals: figuresOf(row, "all"),
    stale: sum("stale"),
    spent: sum("spent"),
    findings: row.findings,
    comments: count,
  };
}

/** False for a folder in which roll-ups show that nothing fits the filter; the rest is known when it is opened. */
function mayHold(row: StoredPlanFolder, { kinds = [...PLAN_KINDS], findings, stale, spent }: OperationFilter): boolean {
  const all = figuresOf(row, "all");
  const count = (part: "stale" | "spent") => {
    const figures = figuresOf(row, part);
    return kinds.reduce((sum, kind) => sum + figures[kind].count, 0);
  };
  const total = kinds.reduce((sum, kind) => sum + all[kind].count, 0);
  if (total === 0) return false;
  if (findings !== undefined && (row.findings & findings) === 0) return false;
  if (stale === true && count("stale") === 0) return false;
  if (stale === false && count("stale") === total) return false;
  if (spent === true && count("spent") === 0) return false;
  if (spent === false && count("spent") === total) return false;
  return true;
}

function columnsOf(filter: OperationFilter): OperationColumnsFilter {
  const { kinds, findings, stale, spent, failed, minSize, maxSize, match = "" } = filter;
  const numbers = kinds?.map((kind) => PLAN_KINDS.indexOf(kind));
  const part = match === "" || isGlob(match) ? undefined : match.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
  const glob = isGlob(match) && !match.includes("[") ? match : undefined;
  return { kinds: numbers, findings, stale, spent, failed, minSize, maxSize, contains: part, glob };
}

/** What of `match` the tables cannot tell: globs with sets. */
function matcherOf({ match = "" }: OperationFilter): ((path: string) => boolean) | null {
  return isGlob(match) && match.includes("[") ? compileGlob(match) : null;
}

function sameBytes(a: Uint8Array | null, b: Uint8Array | null): boolean {
  return a !== null && b !== null && Buffer.compare(a, b) === 0;
}

/** "was: new file · now identical": what a stale operation was decided on, and what stands there now. */
export function movedWords(row: StoredOperation, now: ListedRow | undefined): string {
  const kind = PLAN_KINDS[row.kind];
  const was = kind === "add" ? "new file" : kind === "overwrite" ? "overwrite" : kind;
  if (now === undefined) return `was: ${was} · now gone`;
  const written = row.xet_hash !== null ? sameBytes(row.xet_hash, now.xet_hash) : row.size === now.size;
  if (row.ground_hash === null) {
    if (row.xet_hash !== null && written) return `was: ${was} · now identical`;
    return `was: ${was} · now a file ${written ? "of the same size" : "of another size"}`;
  }
  if (sameBytes(row.ground_hash, now.xet_hash)) return `was: ${was} · same bytes, another time`;
  if (kind !== "delete" && row.xet_hash !== null && written) return `was: ${was} · now identical`;
  return `was: ${was} · the file has changed`;
}

/** The operation as its line said it. */
export function toOperation(row: StoredOperation, { direction }: Pick<StoredPlan, "direction">): PlanOperation {
  const kind = PLAN_KINDS[row.kind];
  const transfer: PlanAction = direction === "download" ? "download" : "upload";
  return {
    action: kind === "delete" || kind === "skip" ? kind : transfer,
    path: row.path,
    reason: row.reason,
    size: row.size ?? undefined,
    localMtime: row.local_mtime ?? undefined,
    remoteMtime: row.remote_mtime ?? undefined,
    xetHash: row.xet_hash === null ? undefined : hashToHex(row.xet_hash),
  };
}
