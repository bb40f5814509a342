/** The rules as a form holds them, and back. */
import type { ReviewRules } from "#lib/core/plan/plan.ts";

const HOUR = 3_600_000;
/** Choices of how long an approval holds, ms; null: for ever. */
export const EXPIRIES: (number | null)[] = [HOUR, 8 * HOUR, 24 * HOUR, 72 * HOUR, 168 * HOUR, 720 * HOUR, null];

export interface Draft {
  protection: "none" | "all" | "some";
  /** Of "some": one a line. */
  folders: string;
  approvals: string;
  roles: ("write" | "admin")[];
  /** Names with commas between. */
  people: string;
  owners: { key: string; glob: string; people: string }[];
  /** Ms, "" for ever. */
  expiresAfter: string;
  /** Percent. */
  deleteShare: string;
  deletes: string;
  gigabytes: string;
  freeAdds: string;
}

export function draftOf(rules: ReviewRules): Draft {
  const { protect, limits } = rules;
  const text = (value: number | null, unit = 1) => (value === null ? "" : String(+(value / unit).toFixed(6)));
  return {
    protection: protect.length === 0 ? "none" : protect.includes("") ? "all" : "some",
    folders: protect.filter((prefix) => prefix !== "").join("\n"),
    approvals: String(rules.approvals),
    roles: [...rules.roles],
    people: rules.people.join(", "),
    owners: rules.owners.map(({ glob, people }, at) => ({ key: `${at} ${glob}`, glob, people: people.join(", ") })),
    expiresAfter: text(rules.expiresAfter),
    deleteShare: text(limits.deleteShare, 0.01),
    deletes: text(limits.deletes),
    gigabytes: text(limits.bytes, 1e9),
    freeAdds: rules.freeAdds.map((prefix) => (prefix === "" ? "/" : prefix)).join("\n"),
  };
}

/** What the draft says; where it says nonsense (`problemsOf`), something near it. */
export function rulesOf(draft: Draft): ReviewRules {
  const share = numberOf(draft.deleteShare);
  const gigabytes = numberOf(draft.gigabytes);
  const deletes = numberOf(draft.deletes);
  return {
    protect: draft.protection === "none" ? [] : draft.protection === "all" ? [""] : folders(draft.folders),
    approvals: Math.max(1, Math.round(Number(draft.approvals)) || 1),
    roles: (["write", "admin"] as const).filter((role) => draft.roles.includes(role)),
    people: names(draft.people),
    owners: draft.owners
      .map(({ glob, people }) => ({ glob: glob.trim(), people: names(people) }))
      .filter(({ glob, people }) => glob !== "" || people.length > 0),
    expiresAfter: draft.expiresAfter === "" ? null : Number(draft.expiresAfter),
    limits: {
      deleteShare: share === null ? null : Math.min(1, +(share / 100).toFixed(6)),
      deletes: deletes === null ? null : Math.floor(deletes),
      bytes: gigabytes === null ? null : Math.round(gigabytes * 1e9),
    },
    freeAdds: folders(draft.freeAdds),
  };
}

/** What can not be saved, by part of the form. */
export function problemsOf(
  draft: Draft,
): Partial<Record<"protect" | "approvals" | "people" | "owners" | "limits", string>> {
  const rules = rulesOf(draft);
  const figures = [draft.deleteShare, draft.deletes, draft.gigabytes];
  const share = numberOf(draft.deleteShare);
  return {
    ...(draft.protection === "some" && rules.protect.length === 0 && { protect: "Name at least one folder." }),
    ...(!/^\d+$/.test(draft.approvals.trim()) || Number(draft.approvals) < 1 || Number(draft.approvals) > 20
      ? { approvals: "A whole number from 1 to 20." }
      : {}),
    ...(rules.roles.length === 0 && rules.people.length === 0 && { people: "Name somebody, or check a role." }),
    ...(rules.owners.some(({ glob, people }) => glob === "" || people.length === 0) && {
      owners: "Each line needs a glob and at least one person.",
    }),
    ...(figures.some((text) => text.trim() !== "" && numberOf(text) === null) || (share !== null && share > 100)
      ? { limits: "Limits are plain numbers, a share at most 100." }
      : {}),
  };
}

function numberOf(text: string): number | null {
  const value = text.trim() === "" ? Number.NaN : Number(text.trim().replaceAll(",", ""));
  return Number.isFinite(value) && value >= 0 ? value : null;
}

const names = (text: string) =>
  [...new Set(text.split(/[\s,]+/).map((name) => name.replace(/^@/, "")))].filter(Boolean);

/** Folders as the service writes them: no slash at either end; a lone slash is the whole bucket. */
function folders(text: string): string[] {
  const lines = text.split("\n").map((line) => line.trim());
  return [...new Set(lines.filter(Boolean).map((line) => line.replace(/^\/+|\/+$/g, "")))];
}
