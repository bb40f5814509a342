/** One file: drawn by how widely its bytes are held, and who holds a range of them. */
import { FEW_MAX } from "#lib/core/bucket/dedup/figures.ts";
import { mapFile } from "#lib/core/bucket/dedup/file-map.ts";
import { RangeHolderSums, type RangeTerm, rangePieces, termsIn } from "#lib/core/bucket/dedup/file-range.ts";
import { HubError } from "#lib/core/errors.ts";
import { hashToHex } from "#lib/core/xet/hash.ts";
import { readContent, readPlaces, readXorbHash } from "../db/dedup-holders.ts";
import { type FileRow, readFile } from "../db/dedup-rows.ts";
import type { Connection } from "../db/statements.ts";
import { findHolders, type HeldFile, mapXorbs, packUses, readHeldFile } from "./holders.ts";
import type { Readers } from "./readers.ts";
import type { Sights } from "./sight.ts";
import { datedBy, entryNotFound, fileFigures } from "./tree.ts";
import type { Answer, Verbs, View } from "./verbs.ts";

const PIECES_MAX = 200;
const HOLDERS_MAX = 50;
const EMPTY_HASH = "0".repeat(64);

export function createFileAnswers({
  readers,
  sights,
}: {
  readers: Readers;
  sights: Sights;
}): Pick<Verbs, "map" | "range"> {
  return {
    map: ({ path, cells, ...view }) =>
      readers.read(async (db) => {
        const sight = await sights.get(db, view);
        const entry = findFile(db, view, path);
        const figures = await fileFigures(db, sight, entry);
        const about = { ...datedBy(sight), path, figures };
        if (entry.file_id === null) return { ...about, ...EMPTY_MAP };
        const file = readHeldFile(db, entry.file_id);
        // The classes ask no more than whether more than a few hold a chunk.
        const search = { ...view, fileId: entry.file_id, places: file.xorbs.keys(), enough: FEW_MAX + 1 };
        await findHolders(db, file, search);
        return { ...about, xetHash: hashToHex(file.hash), ...mapFile(file.terms, mapXorbs(file), cells) };
      }),

    range: ({ path, start, end, ...view }) =>
      readers.read(async (db) => {
        const sight = await sights.get(db, view);
        const entry = findFile(db, view, path);
        const range = { start, end: Math.min(end, entry.size) };
        if (start >= range.end) {
          throw new HubError("BadRequest", `The range begins at or past its end; the file has ${entry.size} bytes.`);
        }
        const file = readHeldFile(db, entry.file_id!);
        const touched = termsIn(file.terms, (xorb) => file.xorbs[xorb].offsets, range);
        const places = new Set(touched.map(({ term }) => file.terms.xorbs[term]));
        await findHolders(db, file, { ...view, fileId: entry.file_id!, places });
        const { pieces, more } = rangePieces(file.terms, mapXorbs(file), touched, PIECES_MAX);
        return {
          ...datedBy(sight),
          ...range,
          chunks: touched.reduce((sum, { chunkStart, chunkEnd }) => sum + chunkEnd - chunkStart, 0),
          pieces: pieces.map((piece) => ({ ...piece, xorb: hashToHex(readXorbHash(db, file.xorbs[piece.xorb].id)!) })),
          morePieces: more,
          ...nameHolders(db, view, path, file, touched),
        };
      }),
  };
}

const EMPTY_MAP = {
  ...{ size: 0, xetHash: EMPTY_HASH, chunks: 0, xorbs: 0, terms: 0, cells: [], own: 0, few: 0, wide: 0 },
};

function findFile(db: Connection, { bucketId }: View, path: string): FileRow {
  const entry = readFile(db, bucketId, path);
  if (entry === undefined) throw entryNotFound(path);
  return entry;
}

/** Other files, most bytes first. */
function nameHolders(
  db: Connection,
  { bucketId }: View,
  path: string,
  { terms, xorbs, holders }: HeldFile,
  touched: RangeTerm[],
): Pick<Answer<"range">, "holders" | "moreHolders"> {
  const sums = new RangeHolderSums(holders.length);
  const byXorb = Map.groupBy(touched, ({ term }) => terms.xorbs[term]);
  for (const [xorb, part] of byXorb) sums.add(part, packUses(xorbs[xorb]), xorbs[xorb].offsets);
  const order = [...holders.keys()].filter((holder) => sums.bytes[holder] > 0);
  order.sort((a, b) => sums.bytes[b] - sums.bytes[a] || a - b);
  const named: Answer<"range">["holders"] = [];
  for (const holder of order) {
    if (named.length > HOLDERS_MAX) break;
    const other = holders[holder];
    const paths = readPlaces(db, readContent(db, other.fileId).hash, other.bucketId, HOLDERS_MAX + 2);
    for (const place of paths.sort()) {
      if (other.bucketId === bucketId && place === path) continue;
      named.push({ id: other.bucketId, path: place, bytes: sums.bytes[holder] });
    }
  }
  return { holders: named.slice(0, HOLDERS_MAX), moreHolders: named.length > HOLDERS_MAX };
}
