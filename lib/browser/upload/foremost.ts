/** Which file of a job comes first of those in some state: kept up with every change, and found without walking them all. */
import type { FileState, UploadFileView } from "./job.ts";

/** Files that are counted together. */
const BLOCK = 256;

export class Foremost {
  readonly #states: readonly FileState[];
  /** Files in these states, by block. */
  readonly #counts: number[] = [];

  constructor(states: readonly FileState[]) {
    this.#states = states;
  }

  count({ id, state }: UploadFileView, sign: 1 | -1): void {
    if (!this.#states.includes(state)) return;
    const block = Math.floor(id / BLOCK);
    while (this.#counts.length <= block) this.#counts.push(0);
    this.#counts[block] += sign;
  }

  /** Index in `files`, -1 for none. */
  find(files: readonly UploadFileView[]): number {
    const block = this.#counts.findIndex((count) => count > 0);
    if (block === -1) return -1;
    let at = block * BLOCK;
    while (!this.#states.includes(files[at].state)) at++;
    return at;
  }
}
