/** Tokens and sessions on the pages, and what they do outside. */
import { expect, expectAccessible, test } from "./fixtures.ts";

test("a token is made, used over the API, revoked", async ({ owner: page, journey }) => {
  const whoami = async (token: string) =>
    (await fetch(`${journey.url}/api/whoami-v2`, { headers: { authorization: `Bearer ${token}` } })).status;
  await page.goto("/settings/tokens");
  await expectAccessible(page);
  await page
    .getByLabel(/label|name/i)
    .first()
    .fill("laptop");
  await page
    .getByRole("button", { name: /^(Create|Make)/ })
    .first()
    .click();
  const shown = page.getByText(/^hf_[A-Za-z0-9]{30,}$/).first();
  await expect(shown).toBeVisible();
  const token = (await shown.textContent())!.trim();
  await expectAccessible(page);
  expect(await whoami(token)).toBe(200);
  await page.reload();
  await expect(page.getByText(token)).toHaveCount(0);
  const row = page.getByRole("row", { name: /laptop/ });
  await expect(row).toBeVisible();
  await row.getByRole("button", { name: /revoke/i }).click();
  await page
    .getByRole("dialog")
    .getByRole("button", { name: /revoke/i })
    .click();
  await expect(page.getByRole("row", { name: /laptop/ })).toHaveCount(0);
  await expect.poll(() => whoami(token)).toBe(401);
});

test("profile and sessions", async ({ owner: page, journey }) => {
  await page.goto("/settings/profile");
  await expect(page.getByText(journey.people.owner.name).first()).toBeVisible();
  await expectAccessible(page);
  await page.goto("/settings/sessions");
  await expect(page.getByText(/this (browser|session)/i).first()).toBeVisible();
  await expectAccessible(page);
});
