import { expect, test } from "vitest";
import { sortInTurns, Turns } from "./turn.ts";

test("sorting in turns is sorting, and lets others in between", async () => {
  for (const count of [0, 1, 511, 512, 513, 5000, 60_000]) {
    const items = Array.from({ length: count }, (_, i) => ({ key: (i * 7919) % 1009, i }));
    const before = items.slice();
    const sorted = await sortInTurns(items, (a, b) => a.key - b.key);
    expect(sorted).toEqual(items.toSorted((a, b) => a.key - b.key));
    expect(items).toEqual(before);
  }
});

test("work that goes on and on hears of timers", async () => {
  const turns = new Turns();
  let heard = false;
  setTimeout(() => {
    heard = true;
  });
  const end = performance.now() + 5000;
  while (!heard && performance.now() < end) await turns.pass();
  turns.close();
  expect(heard).toBe(true);
});
