import { describe, expect, it } from "vitest";
import {
  formatAgo,
  formatClock,
  formatCount,
  formatDateTime,
  formatExactSize,
  formatSize,
  formatUntil,
  initials,
  plural,
  shortHash,
} from "./format.ts";

describe("formatSize", () => {
  it.each([
    [0, "0 B"],
    [612, "612 B"],
    [999, "999 B"],
    [1000, "1.00 kB"],
    [4_120, "4.12 kB"],
    [11_400_000, "11.4 MB"],
    [421_000_000, "421 MB"],
    [86_400_000_000, "86.4 GB"],
    [1_530_000_000_000, "1.53 TB"],
    [5_000_000_000_000_000, "5.00 PB"],
  ])("%d is %s", (bytes, text) => expect(formatSize(bytes)).toBe(text));

  it.each([
    [9_994, "9.99 kB"],
    [9_996, "10.0 kB"],
    [99_940, "99.9 kB"],
    [99_960, "100 kB"],
    [999_499, "999 kB"],
    [999_500, "1.00 MB"],
    [999_999_999, "1.00 GB"],
  ])("never writes a fourth digit where rounding carries: %d", (bytes, text) => expect(formatSize(bytes)).toBe(text));

  it("writes the exact figure out", () => expect(formatExactSize(4_882_013_472)).toBe("4,882,013,472 B"));
});

describe("counts and names", () => {
  it("groups thousands and minds the plural", () => {
    expect(formatCount(5_214_880)).toBe("5,214,880");
    expect(plural(1, "file")).toBe("1 file");
    expect(plural(0, "file")).toBe("0 files");
    expect(plural(2, "entry", "entries")).toBe("2 entries");
  });
  it("shortens a hash", () => expect(shortHash("7c1e".padEnd(60, "0").concat("90af"))).toBe("7c1e…90af"));
  it.each([
    ["mina-okafor", "MO"],
    ["Yuki Kato", "YK"],
    ["kestrel", "KE"],
    ["__DUMMY_HUB_USER__", "DH"],
    ["x", "X"],
  ])("initials of %s are %s", (name, text) => expect(initials(name)).toBe(text));
});

describe("times", () => {
  const now = Date.UTC(2026, 10, 20, 14, 32);
  const minute = 60_000;
  it.each([
    [now, "just now"],
    [now + 2 * minute, "just now"],
    [now - minute, "1 minute ago"],
    [now - 41 * minute, "41 minutes ago"],
    [now - 120 * minute, "2 hours ago"],
    [now - 30 * 60 * minute, "yesterday"],
    [now - 6 * 24 * 60 * minute, "6 days ago"],
    [now - 7 * 24 * 60 * minute, "13 Nov 2026"],
    [now + 24 * 60 * minute, "21 Nov 2026"],
  ])("%d reads %s", (time, text) => expect(formatAgo(time, now, "UTC")).toBe(text));
  it("names the zone in full times", () => expect(formatDateTime(now, "UTC")).toBe("20 Nov 2026, 14:32:00 UTC"));
  it("counts down", () => {
    expect(formatUntil(now - 1, now)).toBe("expired");
    expect(formatUntil(now + 90 * minute, now)).toBe("in 1 hour");
    expect(formatUntil(now + 30 * 24 * 60 * minute, now)).toBe("in 30 days");
  });
});

it("formatClock says the hour within a day, then the date", () => {
  const at = Date.UTC(2026, 10, 20, 14, 32);
  expect(formatClock(at, at + 3600_000, "UTC")).toBe("14:32");
  expect(formatClock(at, at + 30 * 3600_000, "UTC")).toBe("20 Nov 2026");
});
