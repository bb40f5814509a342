/** What was dropped, walked once before it is decided what happens to it: counted, filtered, and kept for the queue. */
import type { Dropped, FoundFile } from "#lib/browser/upload/drop.ts";
import { createFilter, type Filter } from "#lib/browser/upload/filter.ts";
import { letPagePass, sortInTurns, Turns } from "#lib/browser/upload/turn.ts";
import { hasDrive } from "#lib/core/bucket/drive.ts";
import { comparePaths } from "#lib/core/bucket/path-order.ts";

export interface Gathered {
  files: number;
  /** Logical. */
  bytes: number;
  /** Files and whole folders that the rules leave out. */
  left: number;
  /** The first of them. */
  leftPaths: readonly string[];
  /** Files whose names the `hf` command refuses to write to a disk. */
  odd: number;
  /** The first of them. */
  oddPaths: readonly string[];
  /** All is walked. */
  done: boolean;
}

/** The walk gives way to the page after so long, ms. */
const TURN_MS = 6;
const NOTICE_MS = 250;
const PATHS_SHOWN = 6;

export class Gathering implements Dropped {
  readonly name: string | null;
  readonly handles: Dropped["handles"];
  readonly #filter: Filter;
  #found: FoundFile[] = [];
  readonly #left: string[] = [];
  readonly #listeners = new Set<() => void>();
  #snapshot: Gathered = { files: 0, bytes: 0, left: 0, leftPaths: [], odd: 0, oddPaths: [], done: false };
  /** Those who wait for more files. */
  readonly #readers: (() => void)[] = [];
  #bytes = 0;
  #odd = 0;
  readonly #oddPaths: string[] = [];
  #done = false;
  #stopped = false;
  #taken = false;

  constructor(dropped: Dropped, globs: readonly string[]) {
    this.name = dropped.name;
    this.handles = dropped.handles;
    this.#filter = createFilter(globs);
    this.#walk(dropped);
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  readonly getSnapshot = (): Gathered => this.#snapshot;

  /** Nobody wants it any more. */
  stop(): void {
    this.#stopped = true;
  }

  /** Paths found so far, relative to what was dropped. */
  paths(): string[] {
    return this.#found.map(({ path }) => path);
  }

  /** What was found, then what is still being found; the rules held already. */
  async *files(_filter?: Filter, left: (path: string) => void = () => {}): AsyncGenerator<FoundFile, void, undefined> {
    this.#taken = true;
    let at = 0;
    let told = 0;
    while (true) {
      while (told < this.#left.length) left(this.#left[told++]);
      if (at < this.#found.length) yield this.#found[at++];
      else if (this.#done) return;
      else await new Promise<void>((resolve) => this.#readers.push(resolve));
    }
  }

  async #walk(dropped: Dropped): Promise<void> {
    const turns = new Turns();
    let turn = performance.now();
    let told = turn;
    const leave = (path: string) => {
      this.#left.push(path);
    };
    for await (const found of dropped.files(this.#filter, leave)) {
      if (this.#stopped) break;
      if (this.#filter(found.path)) leave(found.path);
      else {
        this.#found.push(found);
        this.#bytes += found.file.size;
        if (hasDrive(found.path) && ++this.#odd <= PATHS_SHOWN) this.#oddPaths.push(found.path);
      }
      if (performance.now() - turn < TURN_MS) continue;
      this.#wake();
      await letPagePass(turns);
      turn = performance.now();
      if (turn - told < NOTICE_MS) continue;
      told = turn;
      this.#tell();
    }
    if (this.#stopped) {
      turns.close();
      return;
    }
    // As people read it; not when somebody reads it already.
    const sorted = await sortInTurns(this.#found, (a, b) => comparePaths(a.path, b.path));
    if (!this.#taken) this.#found = sorted;
    this.#done = true;
    turns.close();
    this.#wake();
    this.#tell();
  }

  #wake(): void {
    for (const go of this.#readers.splice(0)) go();
  }

  #tell(): void {
    this.#snapshot = {
      files: this.#found.length,
      bytes: this.#bytes,
      left: this.#left.length,
      leftPaths: this.#left.slice(0, PATHS_SHOWN),
      odd: this.#odd,
      oddPaths: this.#oddPaths.slice(),
      done: this.#done,
    };
    for (const listener of this.#listeners) listener();
  }
}
