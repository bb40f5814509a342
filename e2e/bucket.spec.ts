/** A bucket's life on the pages: made, filled from elsewhere, changed, deleted. */
import { expect, expectAccessible, test } from "./fixtures.ts";

test("a new bucket fills its own empty page when a client uploads", async ({ owner: page, journey }) => {
  await page.goto("/");
  await page.getByRole("link", { name: "New bucket" }).first().click();
  await page.waitForURL("**/new-bucket**");
  await expectAccessible(page);
  await page.getByLabel("Name").fill("bad--name");
  await expect(page.getByRole("button", { name: /^Create/ })).toBeDisabled();
  await page.getByLabel("Name").fill("checkpoints");
  await page.getByRole("radio", { name: /private/i }).check();
  await page.getByRole("button", { name: /^Create/ }).click();
  const id = `${journey.people.owner.name}/checkpoints`;
  await page.waitForURL(`**/buckets/${id}`);
  await expect(page.getByText(`export HF_ENDPOINT=${journey.url}`).first()).toBeVisible();
  await expect(page.getByText("hf buckets sync ./checkpoints").first()).toContainText(`hf://buckets/${id}`);
  await expect(page.getByText("Private").first()).toBeVisible();
  await expectAccessible(page);
  await journey.upload(id, { "step-1/model.bin": "weights", "README.md": "# First light" });
  await expect(page.getByRole("link", { name: /step-1/ })).toBeVisible();
  await expect(page.getByRole("heading", { name: "First light" })).toBeVisible();
});

test("the buckets one may see", async ({ owner: page, journey }) => {
  const bucket = await journey.bucket({ "a.bin": new Uint8Array(1_530_000) });
  const name = bucket.split("/")[1]!;
  await page.goto("/");
  await expect(page.getByRole("link", { name: new RegExp(name) }).first()).toBeVisible();
  await expect(page.getByText("1.53").first()).toBeVisible();
  await expectAccessible(page);
  await page.getByRole("searchbox").fill(name);
  await expect(page.getByRole("link", { name: new RegExp(name) }).first()).toBeVisible();
  await page
    .getByRole("link", { name: new RegExp(name) })
    .first()
    .click();
  await page.waitForURL(`**/buckets/${bucket}`);
});

test("visibility, rename and deletion in the settings", async ({ owner: page, journey }) => {
  const bucket = await journey.bucket({ "a.txt": "a" });
  await page.goto(`/buckets/${bucket}/settings`);
  await expectAccessible(page);
  await page.getByRole("radio", { name: /private/i }).check();
  const saved = page.waitForResponse(
    (answer) => answer.url().endsWith("/settings") && answer.request().method() === "PUT",
  );
  await page
    .getByRole("button", { name: /private|save/i })
    .first()
    .click();
  expect((await saved).status()).toBe(200);
  const api = `${journey.url}/api/buckets`;
  const headers = { authorization: `Bearer ${journey.people.owner.token}` };
  await expect.poll(async () => (await (await fetch(`${api}/${bucket}`, { headers })).json()).private).toBe(true);

  const renamed = `${bucket}-renamed`;
  await page.getByLabel(/name/i).first().fill(renamed.split("/")[1]!);
  await page
    .getByRole("button", { name: /rename|move/i })
    .first()
    .click();
  await page.waitForURL(`**/buckets/${renamed}**`);
  expect((await fetch(`${api}/${renamed}`, { headers })).status).toBe(200);

  await page.goto(`/buckets/${renamed}/settings`);
  await page.getByRole("button", { name: /^Delete/ }).click();
  const dialog = page.getByRole("dialog");
  const confirm = dialog.getByRole("button", { name: /^Delete/ });
  await expect(confirm).toBeDisabled();
  await dialog.getByRole("textbox").fill(renamed);
  await confirm.click();
  await page.waitForURL(`${journey.url}/`);
  expect((await fetch(`${api}/${renamed}`, { headers })).status).toBe(404);
});

test("a stranger sees what is public, without the verbs, and nothing of what is private", async ({ page, journey }) => {
  const open = await journey.bucket({ "a.txt": "a" }, "public");
  const hidden = await journey.bucket({ "a.txt": "a" }, "private");
  await page.goto(`/buckets/${open}`);
  await expect(page.getByRole("link", { name: "a.txt" })).toBeVisible();
  await expect(page.getByRole("button", { name: "Upload", exact: true })).toHaveCount(0);
  await expect(page.getByRole("link", { name: "Settings" })).toHaveCount(0);
  await page.goto(`/buckets/${hidden}`);
  await expect(page.getByText("a.txt")).toHaveCount(0);
  await page.goto(`/buckets/${journey.people.owner.name}/there-is-none`);
  await expectAccessible(page);
});
