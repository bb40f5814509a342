/** What every journey stands on: a production server, its people, and a page that must stay quiet and accessible. */
import AxeBuilder from "@axe-core/playwright";
import { createRepo, uploadFiles } from "@huggingface/hub";
import { test as base, expect, type Page } from "@playwright/test";
import { createPeople, type People } from "./people.ts";
import { startServer, type TestServer } from "./server.ts";

export { expect };

export interface Journey {
  url: string;
  people: People;
  server: TestServer;
  /** A new bucket of the owner with these files, made by the JS client. Returns its id. */
  bucket(files?: Record<string, string | Uint8Array<ArrayBuffer>>, visibility?: "public" | "private"): Promise<string>;
  /** Uploads by the JS client, as somebody elsewhere would. */
  upload(bucket: string, files: Record<string, string | Uint8Array<ArrayBuffer>>): Promise<void>;
}

interface Fixtures {
  /** Signed in as the owner. */
  owner: Page;
  /** Fails the test in the end if the page wrote errors to its console. */
  quiet: undefined;
  /** Parts of URLs that the test lets the server refuse: the browser notes each refusal as an error. */
  refused: string[];
}

let made = 0;

export const test = base.extend<Fixtures, { journey: Journey }>({
  journey: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the pattern.
    async ({}, use) => {
      const server = await startServer();
      const people = await createPeople(server);
      const hub = { hubUrl: server.url, accessToken: people.owner.token };
      const upload: Journey["upload"] = async (bucket, files) => {
        const contents = Object.entries(files).map(([path, content]) => ({ path, content: new Blob([content]) }));
        await uploadFiles({ ...hub, repo: { type: "bucket", name: bucket }, files: contents });
      };
      await use({
        url: server.url,
        people,
        server,
        upload,
        async bucket(files = {}, visibility = "public") {
          const name = `${people.owner.name}/journey-${++made}`;
          await createRepo({ ...hub, repo: { type: "bucket", name }, visibility });
          if (Object.keys(files).length > 0) await upload(name, files);
          return name;
        },
      });
      await server.stop();
    },
    { scope: "worker", timeout: 120_000 },
  ],
  baseURL: async ({ journey }, use) => use(journey.url),
  owner: async ({ page, journey }, use) => {
    // No test can work the system's own chooser; without it pages fall back to an input.
    await page.addInitScript(() => {
      Reflect.deleteProperty(window, "showOpenFilePicker");
    });
    const answer = await page.request.post(`${journey.url}/api/session`, {
      data: { name: journey.people.owner.name, password: journey.people.owner.password },
      headers: { origin: journey.url },
    });
    expect(answer.ok(), await answer.text()).toBe(true);
    await use(page);
  },
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the pattern.
  refused: async ({}, use) => use([]),
  quiet: [
    async ({ page, refused }, use) => {
      const said: string[] = [];
      page.on("console", (message) => {
        const { url } = message.location();
        const expected =
          refused.some((part) => url.includes(part)) && message.text().startsWith("Failed to load resource");
        if (message.type() === "error" && !expected) said.push(`${message.text()} (${url})`);
      });
      page.on("pageerror", (error) => said.push(`uncaught: ${error.message}`));
      await use(undefined);
      expect(said, "errors in the browser's console").toEqual([]);
    },
    { auto: true },
  ],
});

/** No violation by axe in what the page shows now, in light and in dark. */
export async function expectAccessible(page: Page): Promise<void> {
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    const { violations } = await new AxeBuilder({ page }).analyze();
    const summary = violations.map(({ id, help, nodes }) => ({
      id,
      help,
      nodes: nodes.slice(0, 4).map((node) => `${node.target.join(" ")}: ${node.failureSummary}`),
    }));
    expect(summary, `axe, ${colorScheme}`).toEqual([]);
  }
  await page.emulateMedia({ colorScheme: "light", reducedMotion: "reduce" });
}
