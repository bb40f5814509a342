/**
 * What a reviewer checked, ready to be asked. Rules name folders ("runs/", "/" for everything) and operations ("runs/a.bin"); the longest
 * that a path falls under wins, so that a selection says much with little.
 */

import { pathProblem } from "../bucket/path-rule.ts";
import { HubError } from "../errors.ts";
import { addToTotals } from "./kind.ts";
import {
  emptyTotals,
  PLAN_KINDS,
  type PlanKind,
  type PlanTotals,
  SELECTION_RULES_MAX,
  type Selection,
  type SelectionRule,
} from "./plan.ts";

/** Folder totals by path: "" for the root, else ending in "/" (as `plan_folders` has them). */
export type FolderTotals = ReadonlyMap<string, PlanTotals>;
/** Kind and bytes of single operations by path. */
export type OperationFacts = ReadonlyMap<string, { kind: PlanKind; size?: number | null }>;

/** true and false as decided by a rule of this very path; undefined: left to shorter ones. */
type Decisions = Record<PlanKind, boolean | undefined>;

/** A selection of anyone's, from JSON. Throws BadRequest. */
export function checkSelection(value: unknown): Selection {
  const refuse = (message: string) => new HubError("BadRequest", `Invalid selection: ${message}.`);
  if (!Array.isArray(value)) throw refuse("expected a list of rules");
  if (value.length > SELECTION_RULES_MAX) throw refuse(`more than ${SELECTION_RULES_MAX} rules`);
  return value.map((rule: unknown, at): SelectionRule => {
    if (typeof rule !== "object" || rule === null) throw refuse(`rule ${at + 1} is no object`);
    const { path, include, kinds } = rule as Record<string, unknown>;
    if (typeof path !== "string") throw refuse(`'path' of rule ${at + 1} is no text`);
    if (typeof include !== "boolean") throw refuse(`'include' of rule ${at + 1} is neither true nor false`);
    if (path !== "/") {
      const problem = pathProblem(path.endsWith("/") ? path.slice(0, -1) : path);
      if (problem !== null) throw refuse(`in 'path' of rule ${at + 1}, ${problem}`);
    }
    if (kinds === undefined || kinds === null) return { path, include };
    if (!Array.isArray(kinds) || kinds.length === 0 || !kinds.every((kind) => PLAN_KINDS.includes(kind))) {
      throw refuse(`'kinds' of rule ${at + 1} must be some of ${PLAN_KINDS.join(", ")}`);
    }
    return { path, include, kinds: PLAN_KINDS.filter((kind) => kinds.includes(kind)) };
  });
}

/** A selection that answers fast: some folder depths of map probes for an operation, none for its neighbours. */
export class CompiledSelection {
  readonly #decisions: Map<string, Decisions>;
  #lastFolder = "";
  #lastInherited: Decisions;

  constructor(selection: Selection) {
    this.#decisions = decide(selection);
    this.#lastInherited = this.#inherited("");
  }

  /** Whether an operation is in it. */
  includes(path: string, kind: PlanKind): boolean {
    const own = this.#decisions.get(path)?.[kind];
    return own ?? this.folderIncludes(folderOf(path), kind);
  }

  /** What an operation of that kind right in `folder` gets if no rule names it; "" is the root. */
  folderIncludes(folder: string, kind: PlanKind): boolean {
    if (folder !== this.#lastFolder) {
      this.#lastInherited = this.#inherited(folder);
      this.#lastFolder = folder;
    }
    return this.#lastInherited[kind] ?? false;
  }

  /** Folders that rules name, "" for the root: the totals that `totals` needs. */
  get folders(): string[] {
    return [...this.#decisions.keys()].filter((path) => path.endsWith("/")).map((path) => (path === "/" ? "" : path));
  }

  /** Operations that rules name: the facts that `totals` needs. */
  get operations(): string[] {
    return [...this.#decisions.keys()].filter((path) => !path.endsWith("/"));
  }

  /**
   * How much it selects, by arithmetic on roll-ups: each rule adds or takes what lies below it, against what the rule
   * above it would do. A folder or an operation that is not in the maps counts nothing.
   */
  totals(folders: FolderTotals, operations: OperationFacts): PlanTotals {
    const sum = emptyTotals();
    for (const [path, decisions] of this.#decisions) {
      if (path.endsWith("/")) {
        const below = folders.get(path === "/" ? "" : path);
        if (below === undefined) continue;
        for (const kind of PLAN_KINDS) {
          const sign = Number(decisions[kind] ?? this.#above(path, kind)) - Number(this.#above(path, kind));
          sum[kind].count += sign * below[kind].count;
          sum[kind].bytes += sign * below[kind].bytes;
        }
      } else {
        const operation = operations.get(path);
        if (operation === undefined) continue;
        const { kind, size } = operation;
        const sign = Number(this.includes(path, kind)) - Number(this.folderIncludes(folderOf(path), kind));
        addToTotals(sum, kind, size ?? 0, sign);
      }
    }
    return sum;
  }

  /** What `folder` ("a/b/") would be without a rule of its own. */
  #above(folder: string, kind: PlanKind): boolean {
    return folder === "/" ? false : this.folderIncludes(folderOf(folder.slice(0, -1)), kind);
  }

  /** The nearest decision at or above a folder, kind by kind. */
  #inherited(folder: string): Decisions {
    const inherited: Decisions = undecided();
    let missing = PLAN_KINDS.length;
    for (
      let at: string | null = folder;
      at !== null && missing > 0;
      at = at === "" ? null : folderOf(at.slice(0, -1))
    ) {
      const decisions = this.#decisions.get(at === "" ? "/" : at);
      if (decisions === undefined) continue;
      for (const kind of PLAN_KINDS) {
        if (inherited[kind] !== undefined || decisions[kind] === undefined) continue;
        inherited[kind] = decisions[kind];
        missing--;
      }
    }
    return inherited;
  }
}

export function compileSelection(selection: Selection): CompiledSelection {
  return new CompiledSelection(selection);
}

/** "" for what lies in the root, else the folder with its "/". */
export function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/") + 1);
}

/** Rules of one path become one decision a kind: one with kinds beats one without, a later one an earlier. */
function decide(selection: Selection): Map<string, Decisions> {
  const decisions = new Map<string, Decisions>();
  const general = selection.filter(({ kinds }) => kinds === undefined);
  const special = selection.filter(({ kinds }) => kinds !== undefined);
  for (const { path, include, kinds } of [...general, ...special]) {
    const own = decisions.get(path) ?? undecided();
    decisions.set(path, own);
    for (const kind of kinds ?? PLAN_KINDS) own[kind] = include;
  }
  return decisions;
}

function undecided(): Decisions {
  return { add: undefined, overwrite: undefined, delete: undefined, skip: undefined, download: undefined };
}
