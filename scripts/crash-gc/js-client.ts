/** A client that uploads, copies and deletes by `@huggingface/hub`, and reads in every way that there is. */
import { setTimeout as pause } from "node:timers/promises";
import { copyFiles, deleteFiles, downloadFile, uploadFiles } from "@huggingface/hub";
import { Client, type Failure, Fault, isCutOff } from "./client.ts";
import { type Content, contentOf, type Files, keyOf, makeContent, placeOf } from "./contents.ts";

const PATHS = 14;

export class JsClient extends Client {
  protected async step(): Promise<void> {
    const held = this.held();
    const roll = this.random(100);
    if (held.length > 0 && roll < 25) return this.readSome(this.pick(held));
    if (held.length > 3 && (roll < 45 || held.length > 20)) return this.deleteSome(held);
    if (held.length > 0 && roll < 60) return this.copySome(held);
    return this.upload();
  }

  protected failureOf(error: unknown): Failure {
    const status = (error as { statusCode?: number }).statusCode;
    if (status === 400 || status === 404 || status === 422) return "refused";
    // What the library makes of a 422 to a batch: it keeps neither the status nor the reason.
    if (/^Failed to upload \d+ file\(s\): /.test((error as Error).message)) return "refused";
    if (status === 503 || isCutOff(error)) return "cut off";
    return "fault";
  }

  private get hub() {
    const { hubUrl, accessToken } = this.place;
    return { hubUrl, accessToken };
  }

  private newPath(): string {
    return `${this.name}/d${this.random(3)}/f${this.random(PATHS)}`;
  }

  private async upload(): Promise<void> {
    const bucket = this.pick(this.place.buckets);
    const puts = new Map<string, Uint8Array<ArrayBuffer>>();
    for (let count = 1 + this.random(3); count > 0; count--) puts.set(this.newPath(), makeContent(this.random));
    const after: Files = {};
    for (const [path, bytes] of puts) after[keyOf(bucket, path)] = contentOf(bytes);
    const files = [...puts].map(([path, bytes]) => ({ path, content: new Blob([bytes]) }));
    const repo = { type: "bucket" as const, name: bucket };
    await this.change({ after, run: () => uploadFiles({ ...this.hub, repo, files }), mayBeRefused: true });
  }

  private async deleteSome(held: string[]): Promise<void> {
    const { bucket } = placeOf(this.pick(held));
    const keys = held.filter((key) => placeOf(key).bucket === bucket && this.random(2) === 0).slice(0, 8);
    if (keys.length === 0) return;
    const paths = keys.map((key) => placeOf(key).path);
    const repo = { type: "bucket" as const, name: bucket };
    const after = Object.fromEntries(keys.map((key) => [key, null]));
    await this.change({ after, run: () => deleteFiles({ ...this.hub, repo, paths }) });
  }

  private async copySome(held: string[]): Promise<void> {
    const target = this.pick(this.place.buckets);
    const copies = new Map(
      held
        .filter(() => this.random(4) === 0)
        .slice(0, 4)
        .map((key) => [this.newPath(), key]),
    );
    if (copies.size === 0) return;
    const files = [...copies].map(([destinationPath, key]) => {
      const { bucket, path } = placeOf(key);
      return { source: { repo: { type: "bucket" as const, name: bucket }, path }, destinationPath };
    });
    const after: Files = {};
    for (const [path, key] of copies) after[keyOf(target, path)] = this.files[key]!;
    const destination = { type: "bucket" as const, name: target };
    await this.change({ after, run: () => copyFiles({ ...this.hub, destination, files }) });
  }

  private readSome(key: string): Promise<void> {
    const ways = [this.readSlowly, this.readByTerms, this.readByHub, this.readSurely];
    const read = this.pick(ways);
    return this.expectSame(key, () => read.call(this, key));
  }

  /** A plain download whose reader takes its time. */
  private async readSlowly(key: string): Promise<Content> {
    const { bucket, path } = placeOf(key);
    const answer = await fetch(`${this.place.hubUrl}/buckets/${bucket}/resolve/${path}`, { headers: this.headers });
    this.check(answer);
    const pieces: Uint8Array[] = [];
    for await (const piece of answer.body!) {
      pieces.push(piece);
      if (pieces.length % 8 === 1) await pause(this.random(150));
    }
    return contentOf(Buffer.concat(pieces));
  }

  /** By the file's terms, whose URLs are used a good while after they were given out. */
  private async readByTerms(key: string): Promise<Content> {
    const { bucket, path } = placeOf(key);
    const { hubUrl } = this.place;
    const info = await this.json(`${hubUrl}/api/buckets/${bucket}/paths-info`, {
      method: "POST",
      body: JSON.stringify({ paths: [path] }),
    });
    const { size, xetHash } = info[0];
    const xet = await this.json(`${hubUrl}/api/buckets/${bucket}/xet-read-token`);
    const authorization = `Bearer ${xet.accessToken}`;
    const plan = await this.json(`${xet.casUrl}/v2/reconstructions/${xetHash}`, { headers: { authorization } });
    await pause(this.random(4000));
    for (const [at, entry] of (
      Object.values(plan.xorbs).flat() as { url: string; ranges: { bytes: { start: number; end: number } }[] }[]
    ).entries()) {
      const { start, end } = entry.ranges[0]!.bytes;
      const answer = await fetch(entry.url, { headers: { range: `bytes=${start}-${end}` } });
      this.check(answer);
      const bytes = await answer.arrayBuffer();
      if (bytes.byteLength !== end + 1 - start) throw new Fault(`${key}: URL ${at} gave ${bytes.byteLength} bytes`);
    }
    const last = this.files[key];
    // Unpacking is the client library's business (readByHub); the length of the terms says that all of it is there.
    const unpacked = plan.terms.reduce(
      (sum: number, term: { unpacked_length: number }) => sum + term.unpacked_length,
      0,
    );
    return last != null && size === last.size && unpacked === last.size ? last : { sha256: "terms", size: unpacked };
  }

  private async readByHub(key: string): Promise<Content> {
    const { bucket, path } = placeOf(key);
    const blob = await downloadFile({ ...this.hub, repo: { type: "bucket", name: bucket }, path });
    if (blob === null) return null;
    return contentOf(new Uint8Array(await blob.arrayBuffer()));
  }

  private async json(url: string, init: RequestInit = {}) {
    const answer = await fetch(url, {
      ...init,
      headers: { ...this.headers, "content-type": "application/json", ...(init.headers as Record<string, string>) },
    });
    this.check(answer);
    return JSON.parse(await answer.text());
  }

  private check(answer: Response): void {
    if (answer.status === 503) throw new TypeError("not ready");
    if (!answer.ok) throw new Fault(`${this.name}: ${answer.url}: ${answer.status}`);
  }
}
