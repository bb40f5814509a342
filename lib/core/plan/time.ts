/** Times of a plan: microseconds since the epoch, and the ISO text that Python writes for them. */

const ISO = /^(\d{4}-\d\d-\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,6}))?(Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)?$/;
const DAY = 86_400;
/** Plans have millions of times of a few days: the last one each way is kept. */
let lastRead = { text: "1970-01-01", seconds: 0 as number | null };
let lastWritten = { text: "1970-01-01", day: 0 };

export type TimeProblem = "not a time" | "without a zone" | "out of range";

/**
 * Microseconds of an ISO time with a zone, or what is wrong with it. Whole microseconds fit a number up to the year 2255;
 * what lies beyond is out of range.
 */
export function parseTime(text: string): number | TimeProblem {
  const match = ISO.exec(text);
  if (match === null) return "not a time";
  const [, date, hours, minutes, secs, digits, zone] = match;
  const [hour, minute, second] = [Number(hours), Number(minutes), Number(secs)];
  if (zone === undefined) return "without a zone";
  if (lastRead.text !== date) lastRead = { text: date, seconds: parseDay(date) };
  const start = lastRead.seconds;
  if (start === null || hour > 23 || minute > 59 || second > 59) return "not a time";
  const offset =
    zone === "Z" ? 0 : (Number(zone.slice(1, 3)) * 60 + Number(zone.slice(4))) * (zone[0] === "-" ? -60 : 60);
  const seconds = start + hour * 3600 + minute * 60 + second - offset;
  const micros = seconds * 1e6 + Number((digits ?? "").padEnd(6, "0"));
  return Number.isSafeInteger(micros) ? micros : "out of range";
}

/** Seconds of a day's begin since 1970; null if there is no such day. */
function parseDay(text: string): number | null {
  const [year, month, day] = text.split("-").map(Number);
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day); // Date.UTC takes the years 0 to 99 for 1900 to 1999
  return year > 0 && date.getUTCMonth() === month - 1 && date.getUTCDate() === day ? date.getTime() / 1000 : null;
}

/** Python's `isoformat` in UTC: `2026-01-15T10:30:00+00:00`, with six digits of a fraction only where there is one. */
export function formatTime(micros: number): string {
  const seconds = Math.floor(micros / 1e6);
  const fraction = micros - seconds * 1e6;
  const day = Math.floor(seconds / DAY);
  if (lastWritten.day !== day) lastWritten = { day, text: new Date(day * DAY * 1000).toISOString().slice(0, 10) };
  const rest = seconds - day * DAY;
  const clock = `${two(Math.floor(rest / 3600))}:${two(Math.floor(rest / 60) % 60)}:${two(rest % 60)}`;
  const part = fraction === 0 ? "" : `.${String(fraction).padStart(6, "0")}`;
  return `${lastWritten.text}T${clock}${part}+00:00`;
}

function two(number: number): string {
  return number < 10 ? `0${number}` : `${number}`;
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
