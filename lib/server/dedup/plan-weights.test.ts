import { expect, test } from "vitest";
import { HubError } from "#lib/core/errors.ts";
import { createPlanWeights, type WeightJob } from "./plan-weights.ts";

const WEIGHT = { freed: 3, known: 2, unknown: 1 };
const DONE = { weight: WEIGHT, asOf: 7, pending: false };
const COMPUTING = { weight: null, asOf: 0, pending: true };

/** Jobs that end when told to; `order` notes what was begun. */
function bench() {
  const order: string[] = [];
  const ends = new Map<string, (error?: Error) => void>();
  const job = (key: string, stamp = "1"): WeightJob => ({
    key,
    stamp,
    compute: () =>
      new Promise((resolve, reject) => {
        order.push(`${key}.${stamp}`);
        ends.set(key, (error) => (error ? reject(error) : resolve(DONE)));
      }),
  });
  return { order, job, end: (key: string, error?: Error) => ends.get(key)!(error) };
}

test("what takes long is there when asked again, computed once", async () => {
  const { order, job, end } = bench();
  const weights = createPlanWeights({ patience: 1 });
  expect(await weights.weigh(job("a"))).toEqual(COMPUTING);
  expect(await weights.weigh(job("a"))).toEqual(COMPUTING);
  end("a");
  expect(await weights.weigh(job("a"))).toEqual(DONE);
  expect(order).toEqual(["a.1"]);
});

test("another state is computed anew", async () => {
  const { order, job, end } = bench();
  const weights = createPlanWeights({ patience: 10_000 });
  const first = weights.weigh(job("a"));
  end("a");
  await first;
  const second = weights.weigh(job("a", "2"));
  end("a");
  expect((await second).weight).toEqual(WEIGHT);
  expect(order).toEqual(["a.1", "a.2"]);
});

test("one at a time, and the oldest that wait are given up", async () => {
  const { order, job, end } = bench();
  const weights = createPlanWeights({ patience: 10_000, queue: 2 });
  const asked = ["a", "b", "c", "d"].map((key) => weights.weigh(job(key)));
  expect(order).toEqual(["a.1"]);
  expect(await asked[1]).toEqual(COMPUTING);
  end("a");
  await asked[0];
  await expect.poll(() => order).toEqual(["a.1", "c.1"]);
  end("c");
  await asked[2];
  await expect.poll(() => order).toEqual(["a.1", "c.1", "d.1"]);
  end("d");
  expect((await asked[3]).weight).toEqual(WEIGHT);
});

test("figures that are not there yet are waited for, a fault is told, and neither is remembered", async () => {
  const { order, job, end } = bench();
  const weights = createPlanWeights({ patience: 10_000 });
  const early = weights.weigh(job("a"));
  end("a", new HubError("Unavailable", "not yet"));
  expect(await early).toEqual(COMPUTING);
  const broken = weights.weigh(job("a"));
  end("a", new Error("broken"));
  await expect(broken).rejects.toThrow("broken");
  const third = weights.weigh(job("a"));
  end("a");
  expect((await third).weight).toEqual(WEIGHT);
  expect(order).toHaveLength(3);
});

test("no more is remembered than may be", async () => {
  const { order, job, end } = bench();
  const weights = createPlanWeights({ patience: 10_000, keep: 2 });
  for (const key of ["a", "b", "c", "a"]) {
    const asked = weights.weigh(job(key));
    end(key);
    await asked;
  }
  expect(order).toEqual(["a.1", "b.1", "c.1", "a.1"]);
});
