import fc from "fast-check";
import { expect, test } from "vitest";
import type { Direction } from "../hub.ts";
import { compareKeys, keysetPage, type SortKey } from "./order.ts";

const text = fc.string({ unit: "grapheme", maxLength: 4 });

test("pages of any size make up the whole order, once each", () => {
  const item = fc.tuple(fc.oneof(fc.constant(null), fc.integer({ min: 0, max: 3 })), text);
  const items = fc.uniqueArray(item, { selector: ([, name]) => name });
  const directions = fc.constantFrom<Direction>("asc", "desc");
  fc.assert(
    fc.property(items, directions, fc.integer({ min: 1, max: 5 }), (all, direction, limit) => {
      const seen: [SortKey, string][] = [];
      let cursor: string | null | undefined;
      do {
        const page = keysetPage(all, (one) => one, { direction, limit, cursor: cursor ?? undefined });
        expect(page.items.length).toBeLessThanOrEqual(limit);
        seen.push(...page.items);
        cursor = page.cursor;
      } while (cursor !== null);
      expect(seen).toEqual([...all].sort((a, b) => compareKeys(a, b, direction)));
      expect(seen.findLastIndex(([key]) => key !== null)).toBe(all.filter(([key]) => key !== null).length - 1);
    }),
    { seed: 1, numRuns: 500 },
  );
});
