/** What a visitor pays before the first row: the bucket page's JavaScript has a limit, and everything else comes when asked for. */
import { gzipSync } from "node:zlib";
import { expect, test } from "./fixtures.ts";

/** Bytes of gzipped JavaScript, of a page of a bucket with files and a README, signed in. */
const BUDGET = 170_000;

test("the bucket page keeps to its budget of JavaScript", async ({ owner: page, journey }) => {
  const bucket = await journey.bucket({ "README.md": "# Weights\n\nSome.", "data/a.txt": "a", "b.bin": "b" });
  const scripts = new Map<string, Promise<number>>();
  page.on("response", (response) => {
    if (response.request().resourceType() !== "script" || scripts.has(response.url())) return;
    scripts.set(
      response.url(),
      response.body().then((body) => gzipSync(body).length),
    );
  });
  await page.goto(`/buckets/${bucket}`);
  await expect(page.getByRole("link", { name: "b.bin" })).toBeVisible();
  await page.waitForLoadState("networkidle");
  const sizes = await Promise.all(
    [...scripts].map(async ([url, size]) => ({ url: new URL(url).pathname, size: await size })),
  );
  const total = sizes.reduce((sum, { size }) => sum + size, 0);
  const table = sizes.map(({ url, size }) => `${size} ${url}`).join("\n");
  expect(scripts.size).toBeGreaterThan(3);
  expect(total, `${total} B in all:\n${table}`).toBeLessThanOrEqual(BUDGET);
});
