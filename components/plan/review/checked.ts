/** What the reviewer has checked: a Selection as the rows of a tree show it, and as clicks change it. */
import {
  PLAN_KINDS,
  type PlanKind,
  type PlanRow,
  SELECTION_RULES_MAX,
  type Selection,
  type SelectionRule,
} from "#lib/core/plan/plan.ts";

export type Tick = "all" | "some" | "none";

interface Rule {
  any?: boolean;
  kinds: Partial<Record<PlanKind, boolean>>;
}

export class Checked {
  readonly selection: Selection;
  readonly #rules = new Map<string, Rule>();
  /** Paths of rules in order, so that those below a folder are a run of neighbours. */
  readonly #paths: string[];

  constructor(selection: Selection) {
    this.selection = selection;
    for (const { path, include, kinds } of selection) {
      const rule = this.#rules.get(path) ?? { kinds: {} };
      if (kinds === undefined) rule.any = include;
      else for (const kind of kinds) rule.kinds[kind] = include;
      this.#rules.set(path, rule);
    }
    this.#paths = [...this.#rules.keys()].filter((path) => path !== "/").sort(byLetters);
  }

  /** Whether an operation (or, for a path that ends in "/", what lies directly under that rule) is taken. */
  has(path: string, kind: PlanKind): boolean {
    for (let at = path; ; at = above(at)) {
      const rule = this.#rules.get(at);
      const taken = rule && (rule.kinds[kind] ?? rule.any);
      if (taken !== undefined) return taken;
      if (at === "/") return false;
    }
  }

  /** How a row's box stands. What is out of date or has run cannot be approved, so it counts as left out. */
  tick(row: PlanRow): Tick {
    if (row.type === "operation") return isSettled(row) || !this.has(row.path, row.kind) ? "none" : "all";
    const kinds = PLAN_KINDS.filter((kind) => row.totals[kind].count > 0);
    const taken = kinds.filter((kind) => this.has(row.path, kind));
    const below = this.#below(row.path);
    if (taken.length === 0 && !below.some((path) => this.#differs(path, false, kinds))) return "none";
    if (taken.length < kinds.length || row.stale > 0) return "some";
    return below.some((path) => this.#differs(path, true, kinds)) ? "some" : "all";
  }

  /** The whole plan's box. */
  get root(): Tick {
    const taken = PLAN_KINDS.filter((kind) => this.has("/", kind));
    if (taken.length === 0) return this.#paths.some((path) => this.#differs(path, false, PLAN_KINDS)) ? "some" : "none";
    if (taken.length < PLAN_KINDS.length) return "some";
    return this.#paths.some((path) => this.#differs(path, true, PLAN_KINDS)) ? "some" : "all";
  }

  /** Takes or leaves out a path with all below it; of some kinds only where they are named. */
  set(path: string, include: boolean, kinds?: readonly PlanKind[]): Selection {
    const next: SelectionRule[] = [];
    for (const rule of this.selection) {
      const inside = rule.path === path || (path.endsWith("/") && (path === "/" || rule.path.startsWith(path)));
      if (!inside) next.push(rule);
      else if (kinds !== undefined) {
        const others = (rule.kinds ?? PLAN_KINDS).filter((kind) => !kinds.includes(kind));
        if (others.length > 0) next.push({ path: rule.path, include: rule.include, kinds: others });
      }
    }
    const inherited = new Checked(next);
    if ((kinds ?? PLAN_KINDS).every((kind) => inherited.has(path, kind) === include)) return next;
    return [...next, kinds === undefined ? { path, include } : { path, include, kinds: [...kinds] }];
  }

  /** The same for many operations at once; null when that would be more rules than a selection may have. */
  setEach(paths: readonly string[], include: boolean): Selection | null {
    const changed = new Set(paths);
    const next = this.selection.filter((rule) => !changed.has(rule.path));
    if (next.length + changed.size > SELECTION_RULES_MAX) return null;
    for (const path of changed) next.push({ path, include });
    return next;
  }

  #below(folder: string): string[] {
    let low = 0;
    let high = this.#paths.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#paths[middle]! <= folder) low = middle + 1;
      else high = middle;
    }
    let end = low;
    while (end < this.#paths.length && this.#paths[end]!.startsWith(folder)) end++;
    return this.#paths.slice(low, end);
  }

  #differs(path: string, from: boolean, kinds: readonly PlanKind[]): boolean {
    const { any, kinds: named } = this.#rules.get(path)!;
    return kinds.some((kind) => (named[kind] ?? any ?? from) !== from);
  }
}

/** Nothing is left to decide: it is out of date, or has run. A folder only once all below it has. */
export function isSettled(row: PlanRow): boolean {
  if (row.type === "operation") return row.stale || row.spentAt !== null;
  const all = PLAN_KINDS.reduce((sum, kind) => sum + row.totals[kind].count, 0);
  return all > 0 && row.spent >= all;
}

function byLetters(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}

/** The folder around a path: "a/b/c" -> "a/b/", "a/b/" -> "a/", "a" -> "/". */
function above(path: string): string {
  const slash = path.lastIndexOf("/", path.length - 2);
  return slash === -1 ? "/" : path.slice(0, slash + 1);
}
