/** Translating for the content store's routes (reference/xet-protocol 6): hashes, ranges, shard progress, answers in pieces. */
import { HubError, isHubError } from "#lib/core/errors.ts";
import { isHash } from "#lib/core/xet/hash.ts";
import type { FetchRange, Reconstruction } from "#lib/core/xet/reconstruction.ts";
import type { ByteRange, ShardProgress, XorbBytes } from "../cas/cas.ts";
import { toHubError } from "./errors.ts";
import { parseRanges, type RangeSpec, resolveRange } from "./request.ts";
import { pause, stream } from "./response.ts";

/** A hash of the path. Throws BadRequest. */
export function hashParam(text: string | undefined): string {
  if (text === undefined || !isHash(text)) throw new HubError("BadRequest", "A hash has 64 lowercase hex digits.");
  return text;
}

/** Checks the namespace of chunks and xorbs: clients send `default`, the documentation `default-merkledb`. */
export function checkPrefix(prefix: string | undefined): void {
  if (prefix !== "default" && prefix !== "default-merkledb") {
    throw new HubError("BadRequest", "The prefix must be 'default'.");
  }
}

/** Range specs of a header. Ends beyond what a number holds stand for "to the end": clients ask with u64 limits. */
function rangeSpecs(header: string | null): RangeSpec[] | null {
  return parseRanges(header?.replace(/\d{16,}/g, String(Number.MAX_SAFE_INTEGER - 1)) ?? null);
}

/** The range that a reconstruction is asked for; null: the whole file. `size` is asked only for the last N bytes. */
export async function reconstructionRange(request: Request, size: () => Promise<number>): Promise<ByteRange | null> {
  const specs = rangeSpecs(request.headers.get("range"));
  if (specs === null) return null;
  if (specs.length > 1) throw new HubError("BadRequest", "One Range at a time.");
  const [spec] = specs;
  if (spec.start === null) return resolveRange(spec, await size());
  return { start: spec.start, end: spec.end ?? Number.MAX_SAFE_INTEGER };
}

/** Explicit byte ranges of a header; null when there is none. */
export function exactRanges(header: string | null, name: string): ByteRange[] | null {
  const specs = rangeSpecs(header);
  if (specs === null) return null;
  return specs.map(({ start, end }) => {
    if (start === null || end === null) throw new HubError("BadRequest", `${name} must give first and last byte.`);
    return { start, end };
  });
}

/** JSON that comes in pieces, made without holding up other requests. */
export async function jsonPieces(pieces: Iterable<string>): Promise<Response> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for (const piece of pieces) {
    const part = Buffer.from(piece);
    bytes += part.length;
    parts.push(part);
    if (parts.length % 16 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  const headers = {
    "Content-Type": "application/json; charset=utf-8",
    "Content-Length": String(bytes),
    "Cache-Control": "no-store",
  };
  return parts.length === 1 ? new Response(parts[0] as BodyInit, { headers }) : stream(iterate(parts), { headers });
}

async function* iterate(parts: Buffer[]): AsyncGenerator<Uint8Array> {
  yield* parts;
}

/** Fetch ranges of several files as one list: of ranges that begin alike the longest, since clients key by the first chunk. */
export function joinFetches(files: Iterable<Reconstruction>): FetchRange[] {
  const byXorb = new Map<string, Map<number, FetchRange>>();
  for (const { fetches } of files) {
    for (const range of fetches) {
      const ranges = byXorb.get(range.xorbHash) ?? new Map<number, FetchRange>();
      byXorb.set(range.xorbHash, ranges);
      const known = ranges.get(range.chunkStart);
      if (known === undefined || known.chunkEnd < range.chunkEnd) ranges.set(range.chunkStart, range);
    }
  }
  return [...byXorb.values()].flatMap((ranges) => [...ranges.values()].sort((a, b) => a.chunkStart - b.chunkStart));
}

/** Under a signed URL the same bytes come for ever; the URL itself lasts an hour or two. */
const XORB_HEADERS = { "Cache-Control": "private, max-age=3600, immutable", "Accept-Ranges": "bytes" };

/** Bytes of a xorb: 206, or 200 with only the signed bytes when no Range was sent; several ranges as multipart. */
export function xorbResponse(pieces: XorbBytes[], asked: boolean): Response {
  const contentRange = ({ range, total }: XorbBytes) => `bytes ${range.start}-${range.end - 1}/${total}`;
  if (pieces.length === 1) {
    const [piece] = pieces;
    const headers: Record<string, string> = {
      ...XORB_HEADERS,
      "Content-Type": "application/octet-stream",
      "Content-Length": String(piece.range.end - piece.range.start),
    };
    if (asked) headers["Content-Range"] = contentRange(piece);
    return stream(piece.body, { status: asked ? 206 : 200, headers });
  }
  const boundary = `xet-${crypto.randomUUID()}`;
  const heads = pieces.map((piece) =>
    Buffer.from(
      `\r\n--${boundary}\r\nContent-Type: application/octet-stream\r\nContent-Range: ${contentRange(piece)}\r\n\r\n`,
    ),
  );
  const tail = Buffer.from(`\r\n--${boundary}--\r\n`);
  const bytes = pieces.reduce((sum, { range }, i) => sum + heads[i].length + range.end - range.start, tail.length);
  async function* body(): AsyncGenerator<Uint8Array> {
    for (const [i, piece] of pieces.entries()) {
      yield heads[i];
      yield* piece.body;
    }
    yield tail;
  }
  return stream(body(), {
    status: 206,
    headers: {
      ...XORB_HEADERS,
      "Content-Type": `multipart/byteranges; boundary=${boundary}`,
      "Content-Length": String(bytes),
    },
  });
}

/** The answer to a dedup question. */
export function shardResponse(shard: Uint8Array): Response {
  const headers = {
    "Content-Type": "application/octet-stream",
    "Content-Length": String(shard.length),
    "Cache-Control": "no-store",
  };
  return new Response(shard as BodyInit, { headers });
}

/** ms: a shard that is done sooner gets one plain answer, and an error its status. */
const PATIENCE = 1000;
/** ms between frames; clients give up after 300 s of silence, and the docs promise one every 20 s. */
const HEARTBEAT = 5000;

/** The NDJSON of `/v2/shards`: progress while the work runs, then `result` or `error`. */
export async function shardProgress(
  work: (onProgress: (progress: ShardProgress) => void) => Promise<{ result: 0 | 1 }>,
): Promise<Response> {
  let latest: ShardProgress = { verified: 0, total: 0 };
  const done = work((progress) => {
    latest = progress;
  });
  const headers = { "Content-Type": "application/x-ndjson", "Cache-Control": "no-cache" };
  const line = (frame: object) => `${JSON.stringify(frame)}\n`;
  const soon = await Promise.race([done, pause(PATIENCE)]);
  if (soon !== undefined) return new Response(line({ type: "result", ...soon }), { headers });
  async function* frames(): AsyncGenerator<Uint8Array> {
    try {
      while (true) {
        yield Buffer.from(line({ type: "validating", ...latest }));
        const end = await Promise.race([done, pause(HEARTBEAT)]);
        if (end === undefined) continue;
        yield Buffer.from(line({ type: "result", ...end }));
        return;
      }
    } catch (error) {
      const known = toHubError(error);
      const retryable = isHubError(known, "Unavailable") || isHubError(known, "Internal");
      yield Buffer.from(line({ type: "error", message: known.message, retryable }));
    }
  }
  // When the client leaves, nobody is left to hear of a failure.
  done.catch(() => {});
  return stream(frames(), { headers });
}
