/** Numbers, sizes and times as people read them. The same text comes out on the server and in the browser. */

/** Each a thousand of the one before. */
export const SIZE_UNITS = ["B", "kB", "MB", "GB", "TB", "PB", "EB"];

export interface SizeParts {
  value: string;
  unit: string;
}

/** Decimal units and three significant digits, in two parts so that digits can line up: 1530000 -> "1.53", "MB". */
export function sizeParts(bytes: number): SizeParts {
  let unit = 0;
  let scaled = bytes;
  // 999.5 would be written "1000", so it already belongs to the next unit.
  while (scaled >= 999.5 && unit < SIZE_UNITS.length - 1) {
    scaled /= 1000;
    unit++;
  }
  if (unit === 0) return { value: String(Math.round(scaled)), unit: "B" };
  const digits = scaled >= 99.95 ? 0 : scaled >= 9.995 ? 1 : 2;
  return { value: scaled.toFixed(digits), unit: SIZE_UNITS[unit]! };
}

/** "1.53 TB". */
export function formatSize(bytes: number): string {
  const { value, unit } = sizeParts(bytes);
  return `${value} ${unit}`;
}

/** "1,530,000 B": the exact figure, for tooltips and details. */
export function formatExactSize(bytes: number): string {
  return `${formatCount(bytes)} B`;
}

/** Made once: `toLocaleString` makes one a call. */
const COUNT = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });

/** "5,912". */
export function formatCount(count: number): string {
  return COUNT.format(count);
}

/** "1 file", "5,912 files". */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`;
}

/** First and last four hex digits: enough to tell two hashes apart in a table. */
export function shortHash(hash: string): string {
  return `${hash.slice(0, 4)}…${hash.slice(-4)}`;
}

/** A hash in groups of four, for details. */
export function groupedHash(hash: string): string {
  return hash.match(/.{1,4}/g)?.join(" ") ?? hash;
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** "41 minutes ago" within a day, "6 days ago" within a week, then the date. Both in ms since the epoch. */
export function formatAgo(time: number, now: number, zone?: string): string {
  const age = now - time;
  // Clocks differ: what seems to lie a little ahead has just happened.
  if (age < MINUTE && age > -5 * MINUTE) return "just now";
  if (age < 0) return formatDate(time, zone);
  if (age < HOUR) return ago(Math.floor(age / MINUTE), "minute");
  if (age < DAY) return ago(Math.floor(age / HOUR), "hour");
  if (age < 2 * DAY) return "yesterday";
  if (age < 7 * DAY) return ago(Math.floor(age / DAY), "day");
  return formatDate(time, zone);
}

function ago(count: number, unit: string): string {
  return `${plural(count, unit)} ago`;
}

/** "20 Nov 2026". `zone` is an IANA name; absent: the reader's own. */
export function formatDate(time: number, zone?: string): string {
  return new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric", timeZone: zone }).format(
    time,
  );
}

/** "14:32" within a day, then "20 Nov 2026": the as-of time of a figure. */
export function formatClock(time: number, now: number, zone?: string): string {
  if (Math.abs(now - time) >= DAY) return formatDate(time, zone);
  return new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", timeZone: zone }).format(time);
}

/** "20 Nov 2026, 14:32:07 UTC". */
export function formatDateTime(time: number, zone?: string): string {
  return new Intl.DateTimeFormat("en-GB", {
    day: "numeric",
    month: "short",
    year: "numeric",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    timeZone: zone,
    timeZoneName: "short",
  }).format(time);
}

/** "in 6 days", "in 3 hours", "expired": for tokens and sessions. */
export function formatUntil(time: number, now: number): string {
  const left = time - now;
  if (left <= 0) return "expired";
  if (left < HOUR) return `in ${plural(Math.max(1, Math.floor(left / MINUTE)), "minute")}`;
  if (left < 2 * DAY) return `in ${plural(Math.floor(left / HOUR), "hour")}`;
  return `in ${plural(Math.floor(left / DAY), "day")}`;
}

/** "mina-okafor" -> "MO", "kestrel" -> "KE": for avatars. */
export function initials(name: string): string {
  const words = name.split(/[^\p{L}\p{N}]+/u).filter(Boolean);
  const letters = words.length > 1 ? words[0]![0]! + words[1]![0]! : (words[0] ?? name).slice(0, 2);
  return letters.toUpperCase();
}
