/**
 * The figures of every folder by plain sets, as one would write them first: each file expanded into its chunks, a set for each folder, and for
 * every chunk the number of files that hold it.
 */
import type { DedupFigures } from "#lib/core/bucket/dedup/figures.ts";
import type { Connection } from "#lib/server/db/statements.ts";
import { PackedTerms } from "#lib/server/db/terms.ts";

interface Row {
  path: string;
  size: number;
  terms: Uint8Array;
}

/** Of more chunks than a xorb may have. */
const SPAN = 16_384;

/** Of the files below the prefix, by folder; how many terms they have. What lies elsewhere counts as if it were not there. */
export function naiveFigures(connection: Connection, bucketId: number, prefix: string) {
  const rows = connection.run(
    `select path, entries.size, terms from entries join files on files.hash = xet_hash
     where bucket_id = ? and kind = 1 and path > ? and path < ?`,
    [bucketId, `${prefix}/`, `${prefix}0`],
  ).rows as Row[];
  const tables = new Map<number, Uint32Array>();
  const offsetsOf = (xorb: number) => {
    const known = tables.get(xorb);
    if (known !== undefined) return known;
    const [row] = connection.run("select offsets from xorb_tables where xorb_id = ?", [xorb]).rows;
    const read = new Uint32Array((row as { offsets: Uint8Array }).offsets.slice().buffer);
    tables.set(xorb, read);
    return read;
  };
  let terms = 0;
  const files = rows.map(({ path, size, terms: packed }) => {
    const chunks = new Set<number>();
    for (const { xorbId, chunkStart, chunkEnd } of new PackedTerms(packed)) {
      terms++;
      for (let chunk = chunkStart; chunk < chunkEnd; chunk++) chunks.add(xorbId * SPAN + chunk);
    }
    return { path, size, chunks };
  });
  const holders = new Map<number, number>();
  for (const { chunks } of files) for (const chunk of chunks) holders.set(chunk, (holders.get(chunk) ?? 0) + 1);

  const folders = new Map<string, { files: number; logical: number; held: Map<number, number> }>();
  for (const { path, size, chunks } of files) {
    for (let end = path.lastIndexOf("/"); end >= prefix.length; end = path.lastIndexOf("/", end - 1)) {
      const name = path.slice(0, end);
      const folder = folders.get(name) ?? { files: 0, logical: 0, held: new Map<number, number>() };
      folders.set(name, folder);
      folder.files++;
      folder.logical += size;
      for (const chunk of chunks) folder.held.set(chunk, (folder.held.get(chunk) ?? 0) + 1);
    }
  }
  const figures = new Map<string, DedupFigures>();
  for (const [name, { files, logical, held }] of folders) {
    const sums = { files, logical, unique: 0, exclusive: 0, stored: 0, freed: 0 };
    for (const [chunk, inside] of held) {
      const offsets = offsetsOf(Math.floor(chunk / SPAN));
      const index = chunk % SPAN;
      const stored = offsets[2 * index]! - (index === 0 ? 0 : offsets[2 * index - 2]!);
      const unpacked = offsets[2 * index + 1]! - (index === 0 ? 0 : offsets[2 * index - 1]!);
      sums.unique += unpacked;
      sums.stored += stored;
      if (holders.get(chunk) === inside) {
        sums.exclusive += unpacked;
        sums.freed += stored;
      }
    }
    figures.set(name, sums);
  }
  return { figures, terms };
}
