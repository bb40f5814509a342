/**
 * The operations of one plan as the rows of a page, outside React: folders open and close, each asks for its children page by page,
 * and what stands on screen is one flat list. The list view is the same with a single, invisible folder.
 */
import type { Page } from "#lib/core/bucket/entry.ts";
import type { PlanRow } from "#lib/core/plan/plan.ts";

/** One line of the page. Objects stay the same while their row does, so that lines can be compared by identity. */
export type PlanLine =
  | { type: "row"; row: PlanRow; level: number; parent: string }
  /** Stands where a folder has more rows than were asked for. */
  | { type: "more"; folder: string; level: number; error: Error | null };

export interface PlanRowsState {
  lines: readonly PlanLine[];
  /** Folders that are open. */
  open: ReadonlySet<string>;
  /** The first rows are here. */
  ready: boolean;
  /** Something is being asked for. */
  busy: boolean;
  error: Error | null;
}

export type ReadRows = (folder: string, cursor: string | null, signal: AbortSignal) => Promise<Page<PlanRow>>;

interface Folder {
  lines: (PlanLine & { type: "row" })[];
  cursor: string | null;
  level: number;
  /** The page that is on its way. */
  coming: Promise<void> | null;
  read: boolean;
  error: Error | null;
}

/** A longer list would be higher than what browsers can lay out. */
export const LINES_MAX = 500_000;
/** Folders that "expand all" opens at once. */
const OPEN_MAX = 200;
/** Rows that are read again at most when the plan has changed; what lies beyond is asked for anew on the way down. */
const AGAIN_MAX = 3000;

export class PlanRows {
  readonly #read: ReadRows;
  #folders = new Map<string, Folder>();
  #open = new Set<string>();
  #listeners = new Set<() => void>();
  #abort = new AbortController();
  #coming = 0;
  #state: PlanRowsState = { lines: [], open: new Set(), ready: false, busy: false, error: null };

  constructor(read: ReadRows, first?: ReadonlyMap<string, Page<PlanRow>>) {
    this.#read = read;
    if (first === undefined) return;
    for (const [path, page] of first) {
      const folder = this.#folder(path);
      this.#take(path, folder, page);
      if (path !== "") this.#open.add(path);
    }
    this.#state = this.#build();
  }

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  read = (): PlanRowsState => this.#state;

  /** Ends what is under way; nothing changes afterwards. */
  close(): void {
    this.#abort.abort();
  }

  /** The first page, unless it is there. `open`: folders to open again, where they are among the rows. */
  async start(open: ReadonlySet<string> = new Set()): Promise<void> {
    if (this.#abort.signal.aborted) this.#abort = new AbortController();
    if (!this.#folder("").read) await this.more("");
    await this.#openBelow("", (path) => open.has(path));
  }

  async expand(path: string): Promise<void> {
    if (this.#open.has(path)) return;
    this.#open.add(path);
    this.#tell();
    if (!this.#folder(path).read) await this.more(path);
  }

  collapse(path: string): void {
    if (this.#open.delete(path)) this.#tell();
  }

  /** Opens a folder and what lies below it, up to a bound. Resolves to false when some stayed closed. */
  expandAll(path: string): Promise<boolean> {
    return this.#openBelow(path, () => true);
  }

  collapseAll(path: string): void {
    for (const open of this.#open) if (open.startsWith(path)) this.#open.delete(open);
    this.#tell();
  }

  /** The next page of a folder; one at a time. */
  more(path: string): Promise<void> {
    const folder = this.#folder(path);
    if (folder.coming !== null) return folder.coming;
    if (folder.read && folder.cursor === null) return Promise.resolve();
    if (this.#state.lines.length >= LINES_MAX) return Promise.resolve();
    const { signal } = this.#abort;
    folder.error = null;
    this.#coming++;
    folder.coming = this.#read(path, folder.read ? folder.cursor : null, signal)
      .then(
        (page) => {
          if (!signal.aborted) this.#take(path, folder, page);
        },
        (error: Error) => {
          folder.error = error;
        },
      )
      .finally(() => {
        folder.coming = null;
        this.#coming--;
        if (!signal.aborted) this.#tell();
      });
    this.#tell();
    return folder.coming;
  }

  /** Reads what is open again, keeping the old rows until the new ones are there. */
  async refresh(): Promise<void> {
    const { signal } = this.#abort;
    this.#coming++;
    this.#tell();
    try {
      for (const [path, folder] of [...this.#folders]) {
        if (path !== "" && !this.#open.has(path)) {
          // Closed: asked for anew when it opens.
          if (folder.coming === null) this.#folders.delete(path);
          continue;
        }
        await folder.coming;
        const fresh: Folder = { ...folder, lines: [], cursor: null, read: false, error: null };
        const enough = Math.min(folder.lines.length, AGAIN_MAX);
        do {
          const page = await this.#read(path, fresh.cursor, signal);
          if (signal.aborted) return;
          this.#take(path, fresh, page, folder);
        } while (fresh.cursor !== null && fresh.lines.length < enough);
        this.#folders.set(path, fresh);
        this.#tell();
      }
    } catch {
      // The old rows stay; the next look at the plan tries again.
    } finally {
      this.#coming--;
      if (!signal.aborted) this.#tell();
    }
  }

  async #openBelow(path: string, wanted: (path: string) => boolean): Promise<boolean> {
    const waiting = [path];
    for (let opened = 0; waiting.length > 0 && opened < OPEN_MAX; opened++) {
      const next = waiting.shift()!;
      if (next !== "") await this.expand(next);
      const { lines } = this.#folder(next);
      for (const { row } of lines) if (row.type === "folder" && wanted(row.path)) waiting.push(row.path);
    }
    return waiting.length === 0;
  }

  #folder(path: string): Folder {
    const found = this.#folders.get(path);
    if (found) return found;
    // "a/b/" is on level 2; its children on level 3.
    const level = path === "" ? 0 : path.split("/").length - 1;
    const folder: Folder = { lines: [], cursor: null, level, coming: null, read: false, error: null };
    this.#folders.set(path, folder);
    return folder;
  }

  #take(path: string, folder: Folder, page: Page<PlanRow>, before?: Folder): void {
    const start = folder.lines.length;
    for (const [at, row] of page.items.entries()) {
      const old = before?.lines[start + at];
      const same = old !== undefined && sameRow(old.row, row);
      folder.lines.push(same ? old : { type: "row", row, level: folder.level + 1, parent: path });
    }
    folder.cursor = page.cursor;
    folder.read = true;
    folder.error = null;
  }

  #build(): PlanRowsState {
    const lines: PlanLine[] = [];
    const walk = (path: string, folder: Folder) => {
      for (const line of folder.lines) {
        lines.push(line);
        if (line.row.type !== "folder" || !this.#open.has(line.row.path)) continue;
        const below = this.#folders.get(line.row.path);
        if (below) walk(line.row.path, below);
      }
      if (folder.cursor !== null || (!folder.read && path !== "") || folder.error !== null) {
        lines.push({ type: "more", folder: path, level: folder.level + 1, error: folder.error });
      }
    };
    const root = this.#folder("");
    if (root.read) walk("", root);
    return {
      lines,
      open: new Set(this.#open),
      ready: root.read,
      busy: this.#coming > 0,
      error: root.read ? null : root.error,
    };
  }

  #tell(): void {
    this.#state = this.#build();
    for (const listener of this.#listeners) listener();
  }
}

/** Rows are flat but for their totals, so that their text tells them apart. */
function sameRow(one: PlanRow, other: PlanRow): boolean {
  return one.path === other.path && JSON.stringify(one) === JSON.stringify(other);
}
