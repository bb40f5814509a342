/** A client that does all by the real `hf` command, whose cache believes for weeks in what it has uploaded. */
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { runProgram } from "#e2e/run-program.ts";
import { clientEnv } from "../python/venv.ts";
import { Client, type Failure, type Place } from "./client.ts";
import { type Content, contentOf, keyOf, makeContent, placeOf, type Random } from "./contents.ts";

export class HfClient extends Client {
  private readonly hf: string;
  private readonly home: string;

  constructor(name: string, place: Place, random: Random, { hf, home }: { hf: string; home: string }) {
    super(name, place, random);
    this.hf = hf;
    this.home = home;
  }

  protected async step(): Promise<void> {
    const held = this.held();
    const roll = this.random(100);
    if (held.length > 0 && roll < 35) {
      const key = this.pick(held);
      return this.expectSame(key, () => this.download(key));
    }
    if (held.length > 3 && (roll < 55 || held.length > 8)) {
      const key = this.pick(held);
      const { bucket, path } = placeOf(key);
      const run = () => this.call("buckets", "rm", `hf://buckets/${bucket}/${path}`, "--yes");
      return this.change({ after: { [key]: null }, run });
    }
    const bucket = this.pick(this.place.buckets);
    const path = `${this.name}/f${this.random(10)}`;
    const bytes = makeContent(this.random);
    const local = join(this.home, "up");
    await mkdir(this.home, { recursive: true });
    await writeFile(local, bytes);
    const run = () => this.call("buckets", "cp", local, `hf://buckets/${bucket}/${path}`);
    await this.change({ after: { [keyOf(bucket, path)]: contentOf(bytes) }, run, mayBeRefused: true });
  }

  protected failureOf(error: unknown): Failure {
    const text = String(error);
    // It leans on xorbs that are gone: what the README tells people then.
    if (/was not uploaded|upload it first|422|400 Bad Request/i.test(text)) {
      void rm(join(this.home, "xet"), { recursive: true, force: true });
      return "refused";
    }
    if (/connect|connection|refused|reset|timed out|network|disconnected|error sending request|50[0234]/i.test(text))
      return "cut off";
    return "fault";
  }

  private async download(key: string): Promise<Content> {
    const { bucket, path } = placeOf(key);
    const local = join(this.home, "down");
    await rm(local, { force: true });
    try {
      await this.call("buckets", "cp", `hf://buckets/${bucket}/${path}`, local);
    } catch (error) {
      throw this.failureOf(error) === "cut off" ? new TypeError("network", { cause: error }) : error;
    }
    return contentOf(await readFile(local));
  }

  private async call(...args: string[]): Promise<void> {
    const { hubUrl, accessToken } = this.place;
    const env = { ...process.env, ...clientEnv(this.home, hubUrl, accessToken) };
    await runProgram(`hf ${args.join(" ")}`, this.hf, args, { env });
  }
}
