/**
 * What a person sent and was answered, as text that can be compared between two servers. Whatever is the same by construction (clock,
 * secret, order of requests) is compared as it came: tokens, ends of URLs, ETags, cursors, error texts, lengths. Left out or put
 * in another form, since it differs between any two servers, is only this:
 *
 * 1. the header `Date`, which Node sets from its own clock;
 * 2. `place` and signature of xorb URLs, which hide where a xorb lies (`cas/token.ts`): that they are there and open the bytes is
 *    compared, their letters are not;
 * 3. dedup answers, whose chunk hashes are keyed with a random key: each is compared as the list of chunks that it names;
 * 4. the boundary of multipart answers, a random text;
 * 5. numbers of lines of activity, which count through all buckets: by the order in which they were first seen.
 */
import { createHash } from "node:crypto";
import { hashToHex, hmacHash } from "#lib/core/xet/hash.ts";
import { decodeShardFooter, walkShard } from "#lib/core/xet/shard.ts";
import type { Answer, Ask } from "#lib/server/fixture.ts";
import type { Work } from "./work.ts";

export interface Entry {
  /** What was asked, for people. */
  request: string;
  status: number;
  headers: Record<string, string>;
  body: string;
  work: Work;
}

export class Transcript {
  readonly entries: Entry[] = [];
  /** Chunks that dedup answers may name. */
  private readonly chunks: ReadonlyMap<string, string>;
  private readonly numbers = new Map<string, string>();

  constructor(chunks: ReadonlyMap<string, string>) {
    this.chunks = chunks;
  }

  add(path: string, { method = "GET" }: Ask, answer: Answer, work: Work): void {
    const headers: Record<string, string> = {};
    for (const [name, value] of Object.entries(answer.headers)) {
      if (name !== "date") headers[name] = this.plain(String(value));
    }
    const body = this.bodyOf(path, answer);
    // Numbers of activity have more or fewer digits.
    if (body.includes('"activity ') && headers["content-length"] === String(answer.body.length)) {
      headers["content-length"] = "of this body";
    }
    this.entries.push({ request: this.plain(`${method} ${path}`), status: answer.status, headers, body, work });
  }

  private bodyOf(path: string, { headers, body, text }: Answer): string {
    const type = headers["content-type"] ?? "";
    if (/json|text\//.test(type)) return this.plain(text);
    if (/\/v1\/(chunks\/|dedup$)/.test(path) && body.length > 0) return this.shard(body);
    if (type.startsWith("multipart/")) return digest(Buffer.from(unbound(body.toString("latin1")), "latin1"));
    return digest(body);
  }

  private plain(text: string): string {
    return unbound(text)
      .replace(/(place=)[\w-]{22}(&|\\u0026)(signature=)[\w-]{43}/g, "$1...$2$3...")
      .replace(/\{"id":(\d+),"at":/g, (_, id) => `{"id":"${this.number(id)}","at":`)
      .replace(/(cursor(?:":"|=))([\w-]+)/g, (all, before, cursor) => {
        const [tag, id] = parse(cursor);
        return tag === "activity" ? `${before}${this.number(String(id))}` : all;
      });
  }

  private number(id: string): string {
    const known = this.numbers.get(id) ?? `activity ${this.numbers.size + 1}`;
    this.numbers.set(id, known);
    return known;
  }

  private shard(bytes: Buffer): string {
    const footer = decodeShardFooter(bytes);
    if (footer === null) return "no shard";
    const { hmacKey, ...times } = footer;
    const names = new Map(
      [...this.chunks].map(([hash, name]) => [hashToHex(hmacHash(hmacKey, Buffer.from(hash, "latin1"))), name]),
    );
    const lines = [`${bytes.length} bytes, ${JSON.stringify(times)}`];
    for (const item of walkShard(bytes)) {
      if (item.kind === "file") lines.push(`file ${hashToHex(item.hash)}`);
      else {
        const { chunks, unpackedBytes, storedBytes } = item;
        const named = Array.from({ length: chunks }, (_, at) => {
          const { hash, start, length, offered } = item.chunk(at);
          return `${names.get(hashToHex(hash)) ?? "unknown"}@${start}+${length}${offered ? "!" : ""}`;
        });
        lines.push(`xorb ${hashToHex(item.hash)} ${chunks} ${unpackedBytes} ${storedBytes}: ${named.join(" ")}`);
      }
    }
    return lines.join("\n");
  }
}

function unbound(text: string): string {
  return text.replace(/xet-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, "BOUNDARY");
}

function parse(cursor: string): unknown[] {
  try {
    const parts = JSON.parse(Buffer.from(cursor, "base64url").toString());
    return Array.isArray(parts) ? parts : [];
  } catch {
    return [];
  }
}

function digest(bytes: Uint8Array): string {
  return `${bytes.length} bytes ${createHash("sha256").update(bytes).digest("hex")}`;
}
