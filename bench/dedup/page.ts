/** The page of the figures in a real Chromium: from the click until something shows, and until every figure is drawn. */
import { chromium } from "@playwright/test";
import { CHROMIUM_ENV, CHROMIUM_FLAGS, findChromium } from "#e2e/chromium.ts";
import type { TestServer } from "#e2e/server.ts";
import { type BenchResult, compare, median } from "../measure.ts";
import { type KnownBucket, type KnownStore, OWNER } from "./store.ts";

const ROUNDS = 7;
const DRAWN_MS = 2000;

interface Opening {
  paint: number;
  drawn: number;
}

export async function openDedupPage(server: TestServer, known: KnownStore): Promise<BenchResult[]> {
  const executablePath = findChromium();
  if (executablePath === null) {
    console.log("No Chromium: the page is left out.");
    return [];
  }
  const browser = await chromium.launch({ executablePath, args: CHROMIUM_FLAGS, env: CHROMIUM_ENV });
  try {
    const context = await browser.newContext({ viewport: { width: 1440, height: 1300 } });
    const link = await server.admin(["link", "create", OWNER]);
    const page = await context.newPage();
    await page.goto(/https?:\S+/.exec(link)![0]);
    await page.getByRole("button", { name: `Account ${OWNER}` }).waitFor();

    const open = async ({ id }: KnownBucket): Promise<Opening> => {
      const began = Date.now();
      await page.goto(`${server.url}/buckets/${id}/dedup`, { waitUntil: "commit" });
      // Folders, the matrix and the charts that are in view; what is below comes when it is near.
      await page.waitForFunction(
        () =>
          document.querySelectorAll("main table tbody tr").length > 1 &&
          document.querySelectorAll("main [data-chart]").length > 1 &&
          document.querySelector("main .skeleton") === null,
      );
      // Drawn is what a frame has shown.
      await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve))));
      const drawn = Date.now() - began;
      const paint = await page.evaluate(
        () => performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? Number.NaN,
      );
      return { paint, drawn };
    };
    const times: Record<"large" | "small", Opening[]> = { large: [], small: [] };
    for (let round = -1; round < ROUNDS; round++) {
      for (const which of ["large", "small"] as const) {
        const opening = await open(known[which]);
        if (round >= 0) times[which].push(opening);
      }
    }
    const row = (name: string, what: keyof Opening): BenchResult =>
      compare(
        { name, unit: "ms" },
        median(times.large.map((opening) => opening[what])),
        median(times.small.map((opening) => opening[what])),
      );
    const drawn = row("page: every figure drawn", "drawn");
    return [
      row("page: first contentful paint", "paint"),
      { ...drawn, goal: { most: DRAWN_MS }, met: drawn.ours <= DRAWN_MS },
    ];
  } finally {
    await browser.close();
  }
}
