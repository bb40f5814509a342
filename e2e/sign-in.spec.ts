/** Ways in: a one-time link, a name and password, a token; and the way out. */
import { expect, expectAccessible, test } from "./fixtures.ts";

test("by the link that the first start prints, once", async ({ page, journey, refused }) => {
  refused.push("/api/session");
  const link = /http:\S+\/sign-in\?code=\S+/.exec(journey.server.output())?.[0];
  if (link === undefined) throw new Error(`no link in: ${journey.server.output()}`);
  await page.goto(link);
  await page.waitForURL(`${journey.url}/`);
  await expect(page.getByRole("button", { name: /^Account / })).toBeVisible();
  await page.context().clearCookies();
  await page.goto(link);
  await expect(page.getByRole("button", { name: /^Account / })).toHaveCount(0);
  await expect(
    page
      .getByText(/link/i)
      .filter({ hasText: /used|expired|no longer|works once/i })
      .first(),
  ).toBeVisible();
});

test("by name and password, then out", async ({ page, journey, refused }) => {
  refused.push("/api/session");
  const { name, password } = journey.people.owner;
  await page.goto("/");
  await page.getByRole("link", { name: "Sign in" }).first().click();
  await page.waitForURL("**/sign-in**");
  await page.getByLabel("Name").fill(name);
  await page.getByLabel("Password").fill("not the password");
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await expect(page.getByText(/wrong|do not match|not right/i).first()).toBeVisible();
  await expect(page.getByLabel("Name")).toHaveValue(name);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await expect(page.getByRole("button", { name: `Account ${name}` })).toBeVisible();
  await page.getByRole("button", { name: `Account ${name}` }).click();
  await page.getByRole("menuitem", { name: "Sign out" }).click();
  await page.waitForURL("**/sign-in**");
  await page.goto("/settings/tokens");
  await expect(page.getByLabel("Password")).toBeVisible();
});

test("by a token", async ({ page, journey }) => {
  await page.goto("/sign-in");
  await expectAccessible(page);
  await page.getByRole("tab", { name: /token/i }).click();
  await page.getByLabel(/token/i).last().fill(journey.people.owner.token);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await expect(page.getByRole("button", { name: `Account ${journey.people.owner.name}` })).toBeVisible();
});

test("one comes back to the page that asked for it", async ({ page, journey }) => {
  const bucket = await journey.bucket({ "a.txt": "a" }, "private");
  await page.goto(`/buckets/${bucket}`);
  await page.getByRole("link", { name: "Sign in" }).first().click();
  await page.getByLabel("Name").fill(journey.people.owner.name);
  await page.getByLabel("Password").fill(journey.people.owner.password);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await expect(page.getByRole("link", { name: "a.txt" })).toBeVisible();
});
