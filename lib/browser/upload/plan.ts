/**
 * What each file meets in the bucket, and what the conflict choice makes of it. Before `chunk.ts`; asks for many paths at a time.
 */
import { type BucketFile, parseEntry } from "#lib/core/bucket/entry.ts";
import type { BucketId } from "#lib/core/bucket/id.ts";
import { baseName, encodePath, parentOf } from "#lib/core/bucket/path.ts";
import { pathProblem } from "#lib/core/bucket/path-rule.ts";
import type { HubAddress } from "./cas.ts";
import type { ConflictChoice } from "./job.ts";
import type { SourceFile } from "./source.ts";
import { jsonOf, type Wire } from "./wire.ts";

export interface PlannedFile extends SourceFile {
  /** As it came, before "keep-both" gave it another path. */
  given: SourceFile;
  /** What the bucket has under this path. */
  existing: BucketFile | null;
  /** Why the file is not read at all: the conflict choice, or a path that no bucket may hold. */
  leave: { state: "skipped" } | { state: "failed"; message: string } | null;
}

/** The Hub's limit for one question about paths. */
const PATHS_MAX = 1000;
/** Names tried beside one that is taken: `name (2)` to `name (100)`. */
const BESIDE_MAX = 100;

export class Planner {
  readonly #wire: Wire;
  readonly #hub: HubAddress;
  readonly #bucket: BucketId;
  readonly #conflict: ConflictChoice;
  /** Names given by "keep-both": two files of one job must not get the same. */
  readonly #given = new Set<string>();

  constructor(wire: Wire, hub: HubAddress, bucket: BucketId, conflict: ConflictChoice) {
    this.#wire = wire;
    this.#hub = hub;
    this.#bucket = bucket;
    this.#conflict = conflict;
  }

  async plan(files: readonly SourceFile[]): Promise<PlannedFile[]> {
    const problems = new Map(files.map((file) => [file, pathProblem(file.path)]));
    const existing = await this.#find(files.filter((file) => problems.get(file) === null).map(({ path }) => path));
    const planned = files.map((file): PlannedFile => {
      const problem = problems.get(file);
      const entry = existing.get(file.path) ?? null;
      if (problem != null)
        return {
          ...file,
          given: file,
          existing: null,
          leave: { state: "failed", message: `It cannot be stored: ${problem}.` },
        };
      const leave = entry !== null && this.#conflict === "skip" ? { state: "skipped" as const } : null;
      return { ...file, given: file, existing: entry, leave };
    });
    if (this.#conflict === "keep-both") await this.#rename(planned);
    return planned;
  }

  /** Gives every file that meets another one a free name beside it. */
  async #rename(files: PlannedFile[]): Promise<void> {
    let taken = files.filter(({ existing }) => existing !== null);
    for (let number = 2; taken.length > 0 && number <= BESIDE_MAX; number++) {
      const names = new Map(taken.map((file) => [file, nameBeside(file.path, number)]));
      const found = await this.#find([...names.values()]);
      taken = taken.filter((file) => {
        const name = names.get(file)!;
        if (found.has(name) || this.#given.has(name) || pathProblem(name) !== null) return true;
        this.#given.add(name);
        file.path = name;
        file.existing = null;
        return false;
      });
    }
    for (const file of taken) file.leave = { state: "failed", message: "There is no free name beside it." };
  }

  async #find(paths: string[]): Promise<Map<string, BucketFile>> {
    const found = new Map<string, BucketFile>();
    const { origin, headers } = this.#hub;
    const url = `${origin}/api/buckets/${encodePath(this.#bucket)}/paths-info`;
    for (let from = 0; from < paths.length; from += PATHS_MAX) {
      const body = JSON.stringify({ paths: paths.slice(from, from + PATHS_MAX) });
      const answer = await this.#wire.send(
        async () => ({ method: "POST", url, headers: { ...headers, "Content-Type": "application/json" }, body }),
        { ofBucket: true },
      );
      for (const json of jsonOf<unknown[]>(answer)) {
        const entry = parseEntry(json);
        if (entry.type === "file") found.set(entry.path, entry);
      }
    }
    return found;
  }
}

/** `data/a.tar.gz`, 2 -> `data/a (2).tar.gz`: the ending is what follows the first dot that is not the first letter. */
export function nameBeside(path: string, number: number): string {
  const folder = parentOf(path);
  const name = baseName(path);
  const dot = name.indexOf(".", 1);
  const [stem, ending] = dot === -1 ? [name, ""] : [name.slice(0, dot), name.slice(dot)];
  return `${folder === "" ? "" : `${folder}/`}${stem} (${number})${ending}`;
}
