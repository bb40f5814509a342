/** Lengths of time as people write them in settings. All ms. */
const UNITS: Record<string, number> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 7 * 86_400_000 };

/** `21d`, `12h`, `30s`, and `0`; null for anything else. */
export function parseDuration(text: string): number | null {
  if (text === "0") return 0;
  const [, count, unit] = /^(\d{1,6})([smhdw])$/.exec(text) ?? [];
  return unit === undefined ? null : Number(count) * UNITS[unit]!;
}
