/** What to write so that the kept rows say what was computed: only what differs, or a whole new generation when that is most of it. */

import { encodeCoverage } from "#lib/core/bucket/dedup/coverage.ts";
import { comparePaths } from "#lib/core/bucket/path-order.ts";
import {
  eachBlock,
  eachCoverage,
  eachFolder,
  type FileBlock,
  type FolderRow,
  type Generation,
  type CoverageRow as KeptCoverage,
} from "../db/dedup-rows.ts";
import type { RowPiece } from "../db/dedup-write.ts";
import { pieces } from "../db/rows.ts";
import type { Connection } from "../db/statements.ts";
import { Breath } from "./breath.ts";
import type { BucketSums, Coverage } from "./compute.ts";
import { encodeBlocks } from "./file-blocks.ts";
import type { BucketModel } from "./model.ts";

/** Rows that one transaction changes in place. */
const IN_PLACE_MAX = 4000;
/** Rows of a statement. A block has 10 kB. */
const ROWS = 1000;
const BLOCKS = 32;

export interface Changes {
  generation: number;
  /** The pieces are a generation that must be written before it counts. */
  staged: boolean;
  pieces: RowPiece[];
}

/** `kept`: what is there now, of generation 0 when nothing is. */
export async function findChanges(
  db: Connection,
  kept: Generation,
  model: BucketModel,
  { sums }: BucketSums,
  coverage: readonly Coverage[],
): Promise<Changes> {
  const folders = () => folderRows(model, sums);
  const blocks = () => encodeBlocks(model, sums);
  const differences = new Differences();
  await differences.between(eachFolder(db, kept), folders(), byPath, sameFolder, "folders");
  await differences.between(eachBlock(db, kept), blocks(), byBlock, sameBlock, "files");
  const rows = coverage.map((row) => ({ ...row, packed: encodeCoverage(row.ranges) }));
  await differences.between(eachCoverage(db, kept), rows, byXorb, sameCoverage, "coverage");
  const first = kept.generation === 0;
  if (differences.count <= IN_PLACE_MAX) {
    return { generation: first ? 1 : kept.generation, staged: false, pieces: differences.pieces() };
  }
  const all: Puts = { folders: [...folders()], files: [...blocks()], coverage: rows };
  return { generation: kept.generation + 1, staged: true, pieces: [...putPieces(all)] };
}

type CoverageRow = Coverage & { packed: Uint8Array };

interface Puts {
  folders: FolderRow[];
  files: FileBlock[];
  coverage: CoverageRow[];
}

class Differences {
  count = 0;
  private readonly puts: Puts = { folders: [], files: [], coverage: [] };
  private readonly drops = { folders: [] as unknown[], files: [] as unknown[], coverage: [] as unknown[] };
  private readonly breath = new Breath();

  /** Both in the order of `compare`. Once there is too much to change in place, nothing is gathered any more. */
  async between<Old, Table extends keyof Puts>(
    olds: Iterable<Old>,
    news: Iterable<Puts[Table][number]>,
    compare: (old: Old, made: Puts[Table][number]) => number,
    same: (old: Old, made: Puts[Table][number]) => boolean,
    table: Table,
  ): Promise<void> {
    if (this.count > IN_PLACE_MAX) return;
    const old = olds[Symbol.iterator]();
    let before = old.next();
    const drop = () => {
      this.drops[table].push(keyOf(before.value));
      this.count += 1;
      before = old.next();
    };
    for (const made of news) {
      while (!before.done && compare(before.value, made) < 0) drop();
      const found = !before.done && compare(before.value, made) === 0;
      if (!found || !same(before.value as Old, made)) {
        (this.puts[table] as unknown[]).push(made);
        this.count += 1;
      }
      if (found) before = old.next();
      if (this.count > IN_PLACE_MAX) {
        old.return?.();
        return;
      }
      if (this.breath.due()) await this.breath.take();
    }
    while (!before.done) drop();
  }

  pieces(): RowPiece[] {
    const dropped = Object.entries(this.drops).flatMap(([table, keys]) =>
      keys.length === 0 ? [] : [{ table, dropped: JSON.stringify(keys) } as RowPiece],
    );
    return [...dropped, ...putPieces(this.puts)];
  }
}

function* putPieces({ folders, files, coverage }: Puts): Generator<RowPiece> {
  for (const part of pieces(folders, ROWS)) {
    const rows = part.map((row) => {
      const { path, id, parent_id, nested, files, logical, unique, exclusive, stored, freed } = row;
      return [path, id, parent_id, nested, files, logical, unique, exclusive, stored, freed];
    });
    yield { table: "folders", rows: JSON.stringify(rows) };
  }
  for (const part of pieces(coverage, ROWS)) {
    const rows = part.map(({ kind, xorbId, packed, unpacked, stored }) => {
      return [kind, xorbId, Buffer.from(packed.buffer).toString("hex"), unpacked, stored];
    });
    yield { table: "coverage", rows: JSON.stringify(rows) };
  }
  for (const blocks of pieces(files, BLOCKS)) yield { table: "files", blocks };
}

function* folderRows(model: BucketModel, sums: BucketSums["sums"]): Generator<FolderRow> {
  const { tree, folderPaths, folderIds, sizes } = model;
  const before = new Float64Array(sizes.length + 1);
  for (let leaf = 0; leaf < sizes.length; leaf++) before[leaf + 1] = before[leaf] + sizes[leaf];
  const nested = new Uint8Array(tree.folders);
  for (const parent of tree.parents) if (parent >= 0) nested[parent] = 1;
  for (let folder = 0; folder < tree.folders; folder++) {
    const [from, to] = [tree.firstLeaf[folder], tree.endLeaf[folder]];
    yield {
      path: folderPaths.at(folder),
      id: folderIds[folder],
      parent_id: folder === 0 ? -1 : folderIds[tree.parents[folder]],
      nested: nested[folder] as 0 | 1,
      files: to - from,
      logical: before[to] - before[from],
      unique: sums.unique[folder],
      exclusive: sums.exclusive[folder],
      stored: sums.stored[folder],
      freed: sums.freed[folder],
    };
  }
}

function keyOf(row: unknown): unknown {
  if (typeof row !== "object" || row === null) return row;
  if ("path" in row) return row.path;
  if ("block" in row) return row.block;
  const { kind, xorb_id } = row as { kind: number; xorb_id: number };
  return [kind, xorb_id];
}

const byPath = (old: FolderRow, made: FolderRow) => comparePaths(old.path, made.path);
const byBlock = (old: FileBlock, made: FileBlock) => old.block - made.block;
const byXorb = (old: KeptCoverage, made: Coverage) => old.kind - made.kind || old.xorb_id - made.xorbId;

function sameFolder(old: FolderRow, made: FolderRow): boolean {
  return (Object.keys(made) as (keyof FolderRow)[]).every((name) => old[name] === made[name]);
}
function sameBlock(old: FileBlock, made: FileBlock): boolean {
  return Buffer.compare(old.figures, made.figures) === 0;
}
function sameCoverage(old: KeptCoverage, made: CoverageRow): boolean {
  return old.stored === made.stored && old.unpacked === made.unpacked && Buffer.compare(old.ranges, made.packed) === 0;
}
