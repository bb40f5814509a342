/** Times of a plan: microseconds since the epoch, and the ISO text that Python writes for them. */

const ISO = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,6}))?(Z|[+-]\d\d:\d\d)?$/;

export type TimeProblem = "not a time" | "without a zone" | "out of range";

/**
 * Microseconds of an ISO time with a zone, or what is wrong with it. Whole microseconds fit a number up to the year 2255;
 * what lies beyond is out of range.
 */
export function parseTime(text: string): number | TimeProblem {
  const match = ISO.exec(text);
  if (match === null) return "not a time";
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map(Number);
  const zone = match[8];
  if (zone === undefined) return "without a zone";
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day); // Date.UTC takes the years 0 to 99 for 1900 to 1999
  const exists = year > 0 && date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
  if (!exists || hour > 23 || minute > 59 || second > 59) return "not a time";
  const offset =
    zone === "Z" ? 0 : (Number(zone.slice(1, 3)) * 60 + Number(zone.slice(4))) * (zone[0] === "-" ? -60 : 60);
  const seconds = date.getTime() / 1000 + hour * 3600 + minute * 60 + second - offset;
  const micros = seconds * 1e6 + Number((match[7] ?? "").padEnd(6, "0"));
  return Number.isSafeInteger(micros) ? micros : "out of range";
}

/** Python's `isoformat` in UTC: `2026-01-15T10:30:00+00:00`, with six digits of a fraction only where there is one. */
export function formatTime(micros: number): string {
  const seconds = Math.floor(micros / 1e6);
  const fraction = micros - seconds * 1e6;
  const text = new Date(seconds * 1000).toISOString().slice(0, 19);
  return fraction === 0 ? `${text}+00:00` : `${text}.${String(fraction).padStart(6, "0")}+00:00`;
}

/**
 * Microseconds of a file time in ms as the client makes them: `datetime.fromtimestamp(ms / 1000)`, which splits off the
 * seconds first and then rounds half to even.
 */
export function microsOf(ms: number): number {
  const seconds = ms / 1000;
  const whole = Math.trunc(seconds);
  return whole * 1e6 + roundHalfEven((seconds - whole) * 1e6);
}

function roundHalfEven(value: number): number {
  const below = Math.floor(value);
  const rest = value - below;
  if (rest !== 0.5) return rest < 0.5 ? below : below + 1;
  return below % 2 === 0 ? below : below + 1;
}
