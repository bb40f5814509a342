/**
 * One client of `crash-gc`: it changes and reads paths of its own, one request after the other, while the server is killed and content is
 * collected around it. What it was told is done must be so ever after; what it was not told is settled by looking.
 */
import { setTimeout as pause } from "node:timers/promises";
import { type Content, contentOf, type Files, placeOf, type Random, same } from "./contents.ts";

export interface Place {
  hubUrl: string;
  accessToken: string;
  buckets: string[];
}

export interface Counts {
  changes: number;
  reads: number;
  /** Uploads that were refused with a clear error, and succeeded when they were made again. */
  refused: number;
  /** Requests that a kill cut off: applied in the end, or not. */
  applied: number;
  absent: number;
}

export interface Change {
  after: Files;
  run(): Promise<unknown>;
  /** Refusals are part of the game: garbage collection without grace takes what was uploaded and not entered yet. */
  mayBeRefused?: boolean;
}

/** Not a matter of timing: something is wrong. */
export class Fault extends Error {}

export type Failure = "cut off" | "refused" | "fault";

const TRIES = 12;
/** Starting takes seconds on a busy machine, ms. */
const PATIENCE = 120_000;

export abstract class Client {
  readonly name: string;
  readonly counts: Counts = { changes: 0, reads: 0, refused: 0, applied: 0, absent: 0 };
  /** Acknowledged. */
  readonly files: Files = {};
  protected readonly place: Place;
  protected readonly random: Random;
  stopping = false;

  constructor(name: string, place: Place, random: Random) {
    this.name = name;
    this.place = place;
    this.random = random;
  }

  protected abstract step(): Promise<void>;
  protected abstract failureOf(error: unknown): Failure;

  async run(): Promise<void> {
    while (!this.stopping) await this.step();
  }

  protected held(): string[] {
    return Object.keys(this.files).filter((key) => this.files[key] !== null);
  }

  protected pick<T>(list: readonly T[]): T {
    return list[this.random(list.length)]!;
  }

  protected get headers(): Record<string, string> {
    return { authorization: `Bearer ${this.place.accessToken}` };
  }

  protected async change(change: Change): Promise<void> {
    for (let tries = 1; tries <= TRIES; tries++) {
      try {
        await change.run();
        Object.assign(this.files, change.after);
        this.counts.changes += 1;
        return;
      } catch (error) {
        const failure = this.failureOf(error);
        if (failure === "fault") throw new Fault(`${this.name}: ${describe(error)}`);
        const applied = await this.settle(change);
        if (failure === "cut off") {
          this.counts[applied ? "applied" : "absent"] += 1;
          return;
        }
        if (applied) throw new Fault(`${this.name}: refused, and done: ${describe(error)}`);
        if (!change.mayBeRefused) throw new Fault(`${this.name}: refused: ${describe(error)}`);
        this.counts.refused += 1;
        await pause(this.random(1500));
      }
    }
    throw new Fault(`${this.name}: an upload was refused ${TRIES} times`);
  }

  /** Whether a change that was cut off was applied: all of it, or none. */
  private async settle({ after }: Change): Promise<boolean> {
    await pause(300);
    const keys = Object.keys(after);
    const found: Content[] = [];
    for (const key of keys) found.push(await this.readSurely(key));
    if (keys.every((key, at) => same(found[at], after[key]))) {
      Object.assign(this.files, after);
      return true;
    }
    if (keys.every((key, at) => same(found[at], this.files[key]))) return false;
    throw new Fault(`${this.name}: applied in part: ${JSON.stringify({ after, found })}`);
  }

  /** What the path holds, through every kill. */
  async readSurely(key: string): Promise<Content> {
    const { bucket, path } = placeOf(key);
    const url = `${this.place.hubUrl}/buckets/${bucket}/resolve/${path}`;
    return this.surely(async () => {
      const answer = await fetch(url, { headers: this.headers });
      if (answer.status === 404) {
        await answer.body?.cancel();
        return null;
      }
      if (answer.status === 503) throw new TypeError("not ready");
      if (!answer.ok) throw new Fault(`${this.name}: ${url}: ${answer.status} ${await answer.text()}`);
      return contentOf(new Uint8Array(await answer.arrayBuffer()));
    });
  }

  /** Again and again until no kill comes between. */
  protected async surely<T>(work: () => Promise<T>): Promise<T> {
    for (const until = Date.now() + PATIENCE; ; ) {
      try {
        return await work();
      } catch (error) {
        if (error instanceof Fault || !isCutOff(error)) throw new Fault(`${this.name}: ${describe(error)}`);
        if (Date.now() > until) throw new Fault(`${this.name}: no answer for ${PATIENCE} ms: ${describe(error)}`);
        await pause(200);
      }
    }
  }

  /** An acknowledged file must be what it was, whichever way it is read. */
  protected async expectSame(key: string, read: () => Promise<Content>): Promise<void> {
    const found = await this.surely(read);
    if (!same(found, this.files[key])) {
      throw new Fault(`${this.name}: ${key} should be ${JSON.stringify(this.files[key])}, is ${JSON.stringify(found)}`);
    }
    this.counts.reads += 1;
  }
}

/** The connection ended, or none was made: fetch says all of that by a TypeError, undici's parts by their codes. */
export function isCutOff(error: unknown): boolean {
  for (let at = error as (Error & { code?: string }) | undefined; at instanceof Error; at = at.cause as Error) {
    if (/^(ECONN|UND_ERR|EPIPE|ENOTFOUND|EAI_)/.test(at.code ?? "")) return true;
    if (/fetch failed|terminated|socket hang up|other side closed|not ready|network/i.test(at.message)) return true;
  }
  return false;
}

export function describe(error: unknown): string {
  const texts: string[] = [];
  for (let at = error as Error | undefined; at instanceof Error; at = at.cause as Error) texts.push(String(at));
  return texts.length === 0 ? String(error) : `${texts.join(" <- ")}\n${(error as Error).stack}`;
}
