import { afterEach, expect, test, vi } from "vitest";
import { type HubFixture, openHubFixture } from "../hub/fixture.ts";
import { createScheduler, type Scheduler } from "./scheduler.ts";

let fixture: HubFixture;
let scheduler: Scheduler;

afterEach(async () => {
  await scheduler.stop();
  vi.useRealTimers();
  await fixture.close();
});

test("a bucket whose figures fail waits for its next try, and holds nobody up", async () => {
  fixture = await openHubFixture();
  const ada = await fixture.user("ada");
  const ids = [];
  for (const name of ["broken", "whole"]) {
    await fixture.hub.createBucket(ada, `ada/${name}`, {});
    const row = await fixture.db.read.selectFrom("buckets").select("id").where("name", "=", name).executeTakeFirst();
    ids.push(row!.id);
  }
  const [broken, whole] = ids as [number, number];
  const computed: number[] = [];
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
  scheduler = createScheduler({
    db: fixture.db,
    log: { error: () => {} },
    compute: async (id) => {
      computed.push(id);
      if (id === broken && computed.indexOf(id) === computed.lastIndexOf(id)) throw new Error("cannot be read");
    },
  });
  scheduler.touch(broken);
  scheduler.touch(whole);
  await vi.advanceTimersByTimeAsync(1100);
  expect(computed).toEqual([broken, whole]);
  expect(scheduler.isPending(broken)).toBe(true);
  expect(scheduler.isPending(whole)).toBe(false);
  await vi.advanceTimersByTimeAsync(5000);
  expect(computed).toEqual([broken, whole, broken]);
  await scheduler.idle();
});

test("nobody's figures wait a moment, somebody's do not", async () => {
  fixture = await openHubFixture();
  await fixture.hub.createBucket(await fixture.user("ada"), "ada/runs", {});
  const { id } = (await fixture.db.read.selectFrom("buckets").select("id").executeTakeFirst())!;
  let computed = 0;
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
  scheduler = createScheduler({
    db: fixture.db,
    log: { error: () => {} },
    compute: async () => {
      computed += 1;
    },
  });
  scheduler.touch(id);
  await vi.advanceTimersByTimeAsync(500);
  scheduler.touch(id);
  await vi.advanceTimersByTimeAsync(450);
  expect(computed).toBe(0);
  await vi.advanceTimersByTimeAsync(100);
  expect(computed).toBe(1);

  scheduler.touch(id);
  await vi.advanceTimersByTimeAsync(100);
  expect(computed).toBe(1);
  const settled = scheduler.settled(id, 2000);
  await vi.advanceTimersByTimeAsync(50);
  await settled;
  expect(computed).toBe(2);

  // Somebody waits before the change is a moment old.
  scheduler.touch(id);
  const soon = scheduler.settled(id, 2000);
  await vi.advanceTimersByTimeAsync(50);
  await soon;
  expect(computed).toBe(3);
});
