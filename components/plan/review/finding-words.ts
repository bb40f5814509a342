import { FINDING_BITS, type FindingCode } from "#lib/core/plan/plan.ts";

export type BadgeTone = "del" | "mod" | "soft";

/** What stands beside a row that a finding names. */
const WORDS: Record<FindingCode, { tone: BadgeTone; words: string }> = {
  "best-step": { tone: "del", words: "best step" },
  "overwrites-newer": { tone: "mod", words: "bucket is newer" },
  "same-size-different-bytes": { tone: "mod", words: "same size, other bytes" },
  "case-collision": { tone: "mod", words: "differs in case only" },
  "identical-bytes": { tone: "soft", words: "bytes identical" },
  "protected-prefix": { tone: "soft", words: "protected" },
};

export function findingBadges(bits: number): { code: FindingCode; tone: BadgeTone; words: string }[] {
  if (bits === 0) return [];
  return (Object.keys(WORDS) as FindingCode[])
    .filter((code) => (bits & FINDING_BITS[code]) !== 0)
    .map((code) => ({ code, ...WORDS[code] }));
}

export function bitOf(code: string): number {
  return FINDING_BITS[code as FindingCode] ?? 0;
}
