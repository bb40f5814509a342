/** Files dropped onto a page as the desktop drops them, and what the page then shows. */
import { expect, type Locator, type Page } from "@playwright/test";

export type DragStep = "dragEnter" | "dragOver" | "drop" | "dragCancel";

export const panel = (page: Page): Locator => page.getByRole("region", { name: "Uploads" });
export const options = (page: Page): Locator => page.getByRole("dialog", { name: /^Upload .* to / });

/** Real files and folders of this machine over the page. */
export async function drag(page: Page, files: string[], steps: DragStep[]): Promise<void> {
  const devtools = await page.context().newCDPSession(page);
  for (const type of steps) {
    const data = { items: [], files, dragOperationsMask: 1 };
    await devtools.send("Input.dispatchDragEvent", { type, x: 300, y: 300, data });
  }
  await devtools.detach();
}

/** Over the page until it is alive and shows where they would fall. */
export async function hover(page: Page, ...files: string[]): Promise<void> {
  await expect(async () => {
    await drag(page, files, ["dragEnter", "dragOver"]);
    await expect(page.getByText(/^Drop into/)).toBeVisible({ timeout: 2000 });
  }).toPass({ timeout: 60_000 });
}

export async function drop(page: Page, ...files: string[]): Promise<void> {
  await hover(page, ...files);
  await drag(page, files, ["dragOver", "drop"]);
}

/** Drops, and says yes where the page asks. The upload runs, or has ended, when it resolves. */
export async function dropAndStart(page: Page, ...files: string[]): Promise<void> {
  await drop(page, ...files);
  const start = options(page).getByRole("button", { name: /^Upload \d/ });
  const begun = panel(page).getByRole("heading", { name: /^(Uploading|Uploaded) / });
  await expect(start.or(begun).first()).toBeVisible({ timeout: 60_000 });
  if (await start.isVisible()) await start.click();
}

/** Waits until the panel says that it is all there; else throws with what it says instead. `ms`: how long that may take. */
export async function expectUploaded(page: Page, name: string, ms: number): Promise<void> {
  const heading = panel(page).getByRole("heading", { name: `Uploaded ${name}`, exact: true });
  try {
    await expect(heading).toBeVisible({ timeout: ms });
  } catch (cause) {
    const words = await panel(page)
      .textContent({ timeout: 1000 })
      .catch(() => `no panel; the page is ${page.url()}`);
    throw new Error(`${name} is not uploaded after ${ms} ms. The panel says: ${words?.replace(/\s+/g, " ")}`, {
      cause,
    });
  }
}
