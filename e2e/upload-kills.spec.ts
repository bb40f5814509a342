/** Uploads whose tab or server is killed in the middle. `npm run crash:upload` does the same with more and larger ones. */
import { expect, test } from "@playwright/test";
import { KillStage } from "./upload/kills.ts";

const MIB = 1024 * 1024;

test.setTimeout(240_000);
// A trace would hold what the browser sends.
test.use({ trace: "off" });

// What is under way at a kill is bounded, three xorbs of 32 MiB: the least size of which that is 15 %.
test("a killed tab: the same file again sends what is missing", async ({ browser }) => {
  const stage = await KillStage.open(browser, 640 * MIB, 1);
  try {
    for (const end of ["close", "crash"] as const) {
      const after = Math.random() * 3000;
      const { ratio } = await stage.killTab(end, after);
      expect(ratio, `${end} after ${after} ms`).toBeLessThanOrEqual(1.15);
    }
  } finally {
    await stage.close();
  }
});

test("a killed server: the upload ends by itself", async ({ browser }) => {
  const stage = await KillStage.open(browser, 256 * MIB, 2);
  try {
    await stage.killServer(Math.random() * 1500);
    await stage.killServer("shard");
    await stage.killServer("batch");
    const { late } = await stage.killServer("batch answered");
    expect(late, "the page knew of the entry before the kill").toBe(false);
  } finally {
    await stage.close();
  }
});
