/** Someone at a client: what they do goes over the wire and into their transcript. Who is absent does nothing. */
import { type MadeXorb, makeShard } from "#lib/server/cas/fixture.ts";
import type { Answer, ApiServer, Ask } from "#lib/server/fixture.ts";
import type { SentFile } from "./contents.ts";
import type { Transcript } from "./transcript.ts";
import type { WorkCounter } from "./work.ts";

export interface Stage {
  server: ApiServer;
  work: WorkCounter;
  /** Paths that were asked for, with their methods. */
  asked: Set<string>;
  /** Nothing goes on in the background any more. */
  quiet(): Promise<void>;
}

/** The address that clients know the server by, so that what it says of itself is the same on any port. */
const HOST = "hub.test";

export class Person {
  readonly name: string;
  private readonly stage: Stage;
  readonly token: string;
  private readonly transcript: Transcript;
  private requests = 0;
  /** By bucket and scope, as long as the clock stands still. */
  private tokens = new Map<string, { cas: string; token: string }>();

  constructor(name: string, options: { stage: Stage; token: string; transcript: Transcript }) {
    this.name = name;
    this.stage = options.stage;
    this.token = options.token;
    this.transcript = options.transcript;
  }

  async ask(path: string, options: Ask = {}): Promise<Answer> {
    const { stage } = this;
    await stage.quiet();
    this.requests += 1;
    const id = `${this.name}-${this.requests}`;
    const headers = { host: HOST, "x-request-id": id, ...options.headers };
    const answer = await stage.server.ask(path, { token: this.token, ...options, headers });
    await stage.quiet();
    stage.asked.add(`${options.method ?? "GET"} ${path.split("?")[0]}`);
    this.transcript.add(path, options, answer, stage.work.of(id));
    return answer;
  }

  /** A question of the content store under a token of the bucket. */
  async cas(bucket: string, scope: "read" | "write", path: string, options: Ask = {}): Promise<Answer> {
    const key = `${bucket} ${scope}`;
    let xet = this.tokens.get(key);
    if (xet === undefined) {
      const answer = await this.ask(`/api/buckets/${bucket}/xet-${scope}-token`);
      if (answer.status !== 200) return answer;
      xet = { cas: new URL(answer.json.casUrl).pathname, token: answer.json.accessToken as string };
      this.tokens.set(key, xet);
    }
    return this.ask(xet.cas + path, { token: xet.token, ...options });
  }

  /** Time has passed. */
  forget(): void {
    this.tokens.clear();
  }

  async send(bucket: string, xorbs: Iterable<MadeXorb>): Promise<void> {
    for (const { hash, bytes } of new Set(xorbs)) {
      await this.cas(bucket, "write", `/v1/xorbs/default/${hash}`, { method: "POST", body: bytes });
    }
  }

  async register(bucket: string, files: SentFile[], { version = "v1" }: { version?: string } = {}): Promise<void> {
    const xorbs = new Set(files.flatMap(({ terms }) => terms.map(({ xorb }) => xorb)));
    // Chunks that only this client offers, beside those that its server knows to be asked for.
    const offering = [...xorbs].map((xorb) => ({
      ...xorb,
      entry: { ...xorb.entry, offered: [xorb.lengths.length >> 1] },
    }));
    const shard = makeShard(
      files.map(({ entry }) => entry),
      offering,
    );
    await this.cas(bucket, "write", `/${version}/shards`, { method: "POST", body: shard });
  }

  async batch(bucket: string, ...lines: object[]): Promise<Answer> {
    const body = lines.map((line) => JSON.stringify(line)).join("\n");
    return this.ask(`/api/buckets/${bucket}/batch`, { method: "POST", body });
  }

  /** As a client does: xorbs, a shard, a batch. */
  async put(bucket: string, ...files: SentFile[]): Promise<void> {
    await this.send(
      bucket,
      files.flatMap(({ terms }) => terms.map(({ xorb }) => xorb)),
    );
    await this.register(bucket, files);
    await this.batch(bucket, ...files.map(({ path, hash }) => ({ type: "addFile", path, xetHash: hash, mtime: 1 })));
  }

  async remove(bucket: string, ...paths: string[]): Promise<void> {
    await this.batch(bucket, ...paths.map((path) => ({ type: "deleteFile", path })));
  }
}
