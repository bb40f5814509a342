/**
 * What the tests of this folder put into buckets: xorbs of known chunks, and files made of runs of them, over the wire as clients do. Beside
 * the server a plain book of sets is kept, and figures are read off it by counting.
 */
import { expect } from "vitest";
import { type DedupFigures, NO_FIGURES } from "#lib/core/bucket/dedup/figures.ts";
import { isUnder } from "#lib/core/bucket/path.ts";
import { XorbWalker } from "#lib/core/xet/xorb.ts";
import { type MadeXorb, makeFile, makeShard, type TermSpec } from "../cas/fixture.ts";
import type { ApiServer } from "../fixture.ts";

interface Chunk {
  unpacked: number;
  stored: number;
}

/** A file as the chunks it names, each as often as it names it. */
type NamedChunks = Chunk[];

export class Book {
  /** By bucket, then by path. */
  readonly buckets = new Map<string, Map<string, NamedChunks>>();
  private readonly chunks = new Map<string, Chunk[]>();
  private readonly server: ApiServer;

  constructor(server: ApiServer) {
    this.server = server;
  }

  async make(token: string, bucket: string, visibility: "public" | "private" = "private"): Promise<void> {
    const answer = await this.server.ask(`/api/buckets/${bucket}`, { method: "POST", token, body: { visibility } });
    expect(answer.status, answer.text).toBe(200);
    this.buckets.set(bucket, new Map());
  }

  /** Sends the xorbs and a shard, and adds the file under the path. Returns its hash. */
  async put(token: string, bucket: string, path: string, terms: TermSpec[]): Promise<string> {
    const xet = (await this.server.ask(`/api/buckets/${bucket}/xet-write-token`, { token })).json;
    const cas = new URL(xet.casUrl).pathname;
    const post = async (url: string, body: Uint8Array) => {
      const answer = await this.server.ask(cas + url, { method: "POST", token: xet.accessToken, body });
      expect(answer.status, answer.text).toBe(200);
    };
    const xorbs = [...new Set(terms.map(({ xorb }) => xorb))];
    for (const { hash, bytes } of xorbs) await post(`/v1/xorbs/default/${hash}`, bytes);
    const file = makeFile(terms);
    if (terms.length > 0) await post("/v1/shards", makeShard([file.entry], xorbs));
    const xetHash = terms.length > 0 ? file.hash : "0".repeat(64);
    await this.send(token, bucket, { type: "addFile", path, xetHash });
    const named = terms.flatMap(({ xorb, start, end }) => this.chunksOf(xorb).slice(start, end));
    this.buckets.get(bucket)!.set(path, named);
    return xetHash;
  }

  async remove(token: string, bucket: string, ...paths: string[]): Promise<void> {
    await this.send(token, bucket, ...paths.map((path) => ({ type: "deleteFile", path })));
    for (const path of paths) this.buckets.get(bucket)!.delete(path);
  }

  async send(token: string, bucket: string, ...lines: object[]): Promise<void> {
    const body = lines.map((line) => JSON.stringify(line)).join("\n");
    const answer = await this.server.ask(`/api/buckets/${bucket}/batch`, { method: "POST", token, body });
    expect(answer.status, answer.text).toBe(200);
  }

  /** Of the files of a bucket at or below the paths, as seen by who may read the buckets `seen`. */
  figures(bucket: string, paths: string[], seen: Iterable<string> = this.buckets.keys()): DedupFigures {
    const inside = new Set<Chunk>();
    const outside = new Set<Chunk>();
    const figures = { ...NO_FIGURES };
    for (const name of new Set([bucket, ...seen])) {
      for (const [path, chunks] of this.buckets.get(name)!) {
        const selected = name === bucket && paths.some((one) => isUnder(path, one));
        if (selected) figures.files += 1;
        for (const chunk of chunks) {
          (selected ? inside : outside).add(chunk);
          if (selected) figures.logical += chunk.unpacked;
        }
      }
    }
    for (const chunk of inside) {
      figures.unique += chunk.unpacked;
      figures.stored += chunk.stored;
      if (outside.has(chunk)) continue;
      figures.exclusive += chunk.unpacked;
      figures.freed += chunk.stored;
    }
    return figures;
  }

  /** Unpacked bytes that both scopes hold. */
  shared([bucketA, pathA]: [string, string], [bucketB, pathB]: [string, string]): number {
    const chunksOf = (bucket: string, scope: string) =>
      new Set([...this.buckets.get(bucket)!].flatMap(([path, chunks]) => (isUnder(path, scope) ? chunks : [])));
    const b = chunksOf(bucketB, pathB);
    return [...chunksOf(bucketA, pathA)].reduce((sum, chunk) => sum + (b.has(chunk) ? chunk.unpacked : 0), 0);
  }

  chunksOf({ hash, bytes }: MadeXorb): Chunk[] {
    let chunks = this.chunks.get(hash);
    if (chunks === undefined) {
      chunks = [];
      for (const { length, start, end } of new XorbWalker().push(bytes)) {
        chunks.push({ unpacked: length, stored: end - start });
      }
      this.chunks.set(hash, chunks);
    }
    return chunks;
  }
}
