/**
 * Uploads that are killed once in the middle: the tab, which is opened again and given the same file, or the server, which is
 * started again. Used by e2e/upload-kills.spec.ts and, for many runs, by scripts/crash-upload.ts.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { createRepo } from "@huggingface/hub";
import type { Browser, BrowserContext, Page, Route } from "@playwright/test";
import { createPeople, type Person } from "../people.ts";
import { freePort, removeData, startServer, type TestServer } from "../server.ts";
import { dropAndStart, expectUploaded, panel } from "./dropping.ts";
import { writeRandomFile } from "./files.ts";
import { hashInBucket, receivedBytes } from "./store-counts.ts";

/** How a tab ends: closed by its person, or its process gone. */
export type TabEnd = "close" | "crash";
/**
 * When a server ends: so many ms after the start of the upload; or around the page's request for this (some ms before it arrives up
 * to some after); or when it has entered the file, and the page has not heard of it.
 */
export type ServerEnd = number | "shard" | "batch" | "batch answered";

export interface KillResult {
  /** Bytes of all requests to the content store, over the file's size; null: the server that counted them was killed. */
  ratio: number | null;
  /** From the start of the upload until the panel says that all is there, ms. */
  wall: number;
  /** The upload had ended before the kill. */
  late: boolean;
}

/** What one upload may take on a slow, busy machine, ms. */
const UPLOAD_MS = 180_000;

/** A server that may be killed, a signed-in browser, and a file that is new each time. */
export class KillStage {
  readonly size: number;
  readonly #folder: string;
  readonly #owner: Person;
  readonly #context: BrowserContext;
  readonly #bucket: string;
  #server: TestServer;
  #seed: number;

  private constructor(
    size: number,
    seed: number,
    folder: string,
    owner: Person,
    context: BrowserContext,
    bucket: string,
    server: TestServer,
  ) {
    this.size = size;
    this.#seed = seed * 1_000_000;
    this.#folder = folder;
    this.#owner = owner;
    this.#context = context;
    this.#bucket = bucket;
    this.#server = server;
  }

  /** `size`: bytes of each file. Other seeds, other files. */
  static async open(browser: Browser, size: number, seed: number): Promise<KillStage> {
    const folder = await mkdtemp(join(tmpdir(), "cooperage-kills-"));
    const server = await startServer({ dataDir: join(folder, "data"), port: await freePort() });
    const { owner } = await createPeople(server);
    const { name, password, token } = owner;
    const bucket = `${name}/kills`;
    await createRepo({ hubUrl: server.url, accessToken: token, repo: { type: "bucket", name: bucket } });
    const context = await browser.newContext({ locale: "en-US", viewport: { width: 1440, height: 900 } });
    const headers = { origin: server.url };
    const answer = await context.request.post(`${server.url}/api/session`, { data: { name, password }, headers });
    if (!answer.ok()) throw new Error(`sign-in: ${answer.status()}`);
    return new KillStage(size, seed, folder, owner, context, bucket, server);
  }

  get output(): string {
    return this.#server.output();
  }

  async close(): Promise<void> {
    await this.#context.close();
    await this.#server.kill();
    await removeData(this.#folder);
  }

  /** One upload that nobody disturbs. */
  upload(): Promise<KillResult> {
    return this.#run(async (page, file, start) => {
      await start();
      await expectUploaded(page, basename(file), UPLOAD_MS);
      return false;
    });
  }

  /** The tab ends after so many ms; a new one gets the same file. */
  killTab(end: TabEnd, after: number): Promise<KillResult> {
    return this.#run(async (page, file, start) => {
      await start();
      await pause(after);
      const late = await isUploaded(page);
      if (end === "close") await page.close({ runBeforeUnload: false });
      else await crash(page);
      const again = await this.#openPage();
      await dropAndStart(again, file);
      await expectUploaded(again, basename(file), UPLOAD_MS);
      return late;
    });
  }

  /** The server is killed (SIGKILL) and started again; nobody touches the page. */
  killServer(end: ServerEnd): Promise<KillResult> {
    return this.#run(async (page, file, start) => {
      const asked = typeof end === "number" ? null : await holdRequest(this.#context, end);
      await start();
      await (asked === null ? pause(end as number) : asked.held);
      const late = await isUploaded(page);
      const { dataDir, port } = this.#server;
      await this.#server.kill();
      asked?.end();
      this.#server = await startServer({ dataDir, port });
      await expectUploaded(page, basename(file), UPLOAD_MS);
      return late;
    });
  }

  /** Makes a file, measures `work`, which calls `start` to drop it, and reads it back. Throws when it differs. */
  async #run(work: (page: Page, file: string, start: () => Promise<void>) => Promise<boolean>): Promise<KillResult> {
    const file = join(this.#folder, `model-${++this.#seed}.bin`);
    const sha256 = await writeRandomFile(file, this.size, this.#seed);
    const page = await this.#openPage();
    const server = this.#server;
    const before = await receivedBytes(server);
    let started = 0;
    const late = await work(page, file, async () => {
      await dropAndStart(page, file);
      started = performance.now();
    });
    const wall = performance.now() - started;
    const received = server === this.#server ? (await receivedBytes(server)) - before : null;
    for (const open of this.#context.pages()) await open.close({ runBeforeUnload: false });
    await rm(file);
    const found = await hashInBucket(this.#server, this.#owner.token, this.#bucket, basename(file));
    if (found !== sha256) throw new Error(`${basename(file)} came back as ${found}, was ${sha256}`);
    return { ratio: received === null ? null : received / this.size, wall, late };
  }

  async #openPage(): Promise<Page> {
    const page = await this.#context.newPage();
    await page.goto(`${this.#server.url}/buckets/${this.#bucket}`);
    return page;
  }
}

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

function isUploaded(page: Page): Promise<boolean> {
  return panel(page)
    .getByRole("heading", { name: /^Uploaded / })
    .isVisible();
}

/** The process of the page and its worker is gone, without a word to either. */
async function crash(page: Page): Promise<void> {
  const devtools = await page.context().newCDPSession(page);
  const crashed = page.waitForEvent("crash");
  // Never answered: who would answer is gone.
  devtools.send("Page.crash").catch(() => {});
  await crashed;
  await page.close();
}

/** Most ms between a request's leaving and the kill. */
const AROUND_MS = 40;

interface HeldRequest {
  /** The request is on its way, or answered: the moment to kill. */
  held: Promise<void>;
  /** To be called when the server is gone: lets the page feel it. */
  end(): void;
}

async function holdRequest(context: BrowserContext, end: Exclude<ServerEnd, number>): Promise<HeldRequest> {
  const url = end === "shard" ? "**/v1/shards" : "**/batch";
  const held = Promise.withResolvers<void>();
  const gone = Promise.withResolvers<void>();
  const around = Math.random() * AROUND_MS;
  const handled = async (route: Route) => {
    if (end === "batch answered") {
      const answer = await route.fetch();
      if (!answer.ok()) throw new Error(`the batch was answered ${answer.status()}`);
      held.resolve();
      await gone.promise;
      await route.abort("connectionreset");
    } else {
      await route.continue();
      await pause(around);
      held.resolve();
    }
  };
  await context.route(url, handled, { times: 1 });
  return {
    held: held.promise,
    end: () => gone.resolve(),
  };
}
