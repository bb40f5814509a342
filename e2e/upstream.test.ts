/** A server with HUB_URL: the same routes and pages over a second instance, whose tokens it must keep to itself. */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import {
  copyFile,
  createRepo,
  deleteFiles,
  deleteRepo,
  downloadFile,
  fileDownloadInfo,
  fileExists,
  HubApiError,
  listFiles,
  pathsInfo,
  repoExists,
  uploadFiles,
  whoAmI,
} from "@huggingface/hub";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bytesOf, equalBytes, randomBytes, textBytes } from "./bytes.ts";
import { createPeople, type People } from "./people.ts";
import { startServer, type TestServer } from "./server.ts";

let upstream: TestServer;
let front: TestServer;
let people: People;
/** The real JS client, which knows the server in front only. */
let hub: { hubUrl: string; accessToken: string };

beforeAll(async () => {
  upstream = await startServer({ pages: false });
  people = await createPeople(upstream);
  front = await startServer({ env: { HUB_URL: upstream.url, LOG_LEVEL: "trace" } });
  hub = { hubUrl: front.url, accessToken: people.owner.token };
});
afterAll(async () => {
  await front?.stop();
  await upstream?.stop();
});

let count = 0;
const files = {
  "README.md": textBytes(2_000),
  "data/part-0.bin": randomBytes(700_000, 1),
  "data/part-1.bin": randomBytes(300_000, 2),
  "data/deep/odd name #1 100%.txt": textBytes(500),
  "data-2/x": randomBytes(10, 3),
  empty: new Uint8Array(0),
};

async function newBucket(visibility: "public" | "private" = "public"): Promise<{ type: "bucket"; name: string }> {
  count += 1;
  const repo = { type: "bucket" as const, name: `${people.owner.name}/behind-${count}` };
  await createRepo({ ...hub, repo, visibility });
  const contents = Object.entries(files).map(([path, bytes]) => ({ path, content: new Blob([bytes]) }));
  await uploadFiles({ ...hub, repo, files: contents });
  return repo;
}

function get(path: string, init: RequestInit = {}, token: string | null = people.owner.token): Promise<Response> {
  const headers = new Headers(init.headers);
  if (token !== null) headers.set("Authorization", `Bearer ${token}`);
  return fetch(front.url + path, { ...init, headers, redirect: "manual" });
}

async function entriesAt(path: string): Promise<Record<string, unknown>[]> {
  const answer = await get(path);
  expect(answer.status, await answer.clone().text()).toBe(200);
  return await answer.json();
}

describe("the JS client through it", () => {
  test("uploads, lists, reads, copies and deletes", async () => {
    const repo = await newBucket();
    const listed = await Array.fromAsync(listFiles({ ...hub, repo, recursive: true }));
    expect(listed.map(({ path, size }) => [path, size])).toEqual(
      Object.entries(files)
        .map(([path, bytes]) => [path, bytes.length])
        .sort(([a], [b]) => (a! < b! ? -1 : 1)),
    );
    for (const [path, bytes] of Object.entries(files)) {
      const blob = await downloadFile({ ...hub, repo, path: path.split("/").map(encodeURIComponent).join("/") });
      expect(equalBytes(await bytesOf(blob!), bytes), path).toBe(true);
    }
    const part = await downloadFile({ ...hub, repo, path: "data/part-0.bin", xet: false });
    expect(
      equalBytes(await bytesOf(part!.slice(1_000, 600_000)), files["data/part-0.bin"].subarray(1_000, 600_000)),
    ).toBe(true);
    const info = await fileDownloadInfo({ ...hub, repo, path: "data/part-1.bin" });
    expect(info!.xet!.reconstructionUrl.origin).toBe(upstream.url);
    expect(info!.xet!.refreshUrl.origin).toBe(front.url);

    await copyFile({
      ...hub,
      source: { repo, path: "data/part-1.bin" },
      destination: { repo, path: "copy.bin" },
    });
    expect((await pathsInfo({ ...hub, repo, paths: ["copy.bin", "nope"] })).map(({ size }) => size)).toEqual([300_000]);
    await deleteFiles({ ...hub, repo, paths: ["copy.bin", "empty"] });
    expect(await fileExists({ ...hub, repo, path: "empty" })).toBe(false);
    await deleteRepo({ ...hub, repo });
    expect(await repoExists({ ...hub, repo })).toBe(false);
  });

  test("learns who it is from the Hub behind", async () => {
    expect((await whoAmI(hub)).name).toBe(people.owner.name);
    await expect(whoAmI({ ...hub, accessToken: "hf_wrong" })).rejects.toMatchObject({ statusCode: 401 });
    await expect(createRepo({ ...hub, repo: await newBucket() })).rejects.toBeInstanceOf(HubApiError);
  });
});

describe("its routes", () => {
  test("sort, filter and size folders as the Hub behind does", async () => {
    const { name } = await newBucket();
    const level = `/api/buckets/${name}/tree?recursive=false`;
    const bySize = await entriesAt(`${level}&sort=size&direction=desc`);
    expect(bySize.map(({ path }) => path)).toEqual(["data", "README.md", "data-2", "empty"]);
    expect(bySize[0]).toMatchObject({ type: "directory", size: 1_000_500, files: 3 });
    expect((await entriesAt(`${level}&search=DATA`)).map(({ path }) => path)).toEqual(["data", "data-2"]);
    expect((await entriesAt(`/api/buckets/${name}/tree/data?recursive=true`)).length).toBe(3);
    const first = await get(`${level}&sort=name&direction=asc&limit=3`);
    const next = /<([^>]+)>; rel="next"/.exec(first.headers.get("link")!)![1]!;
    expect(next.startsWith(front.url)).toBe(true);
    expect((await entriesAt(next.slice(front.url.length))).length).toBe(1);
  });

  test("stream ranges of a file", async () => {
    const { name } = await newBucket("private");
    const path = `/buckets/${name}/resolve/data/part-0.bin`;
    const range = await get(path, { headers: { Range: "bytes=123456-654321" } });
    expect([range.status, range.headers.get("content-range")]).toEqual([206, "bytes 123456-654321/700000"]);
    expect(equalBytes(await range.bytes(), files["data/part-0.bin"].subarray(123_456, 654_322))).toBe(true);
    expect((await get(path, { headers: { Range: "bytes=700000-" } })).status).toBe(416);
    const head = await get(path, { method: "HEAD" });
    expect([head.status, head.headers.get("content-length")]).toEqual([200, "700000"]);
    expect((await get(path, {}, null)).status).toBe(401);
    expect((await get(path, {}, people.stranger.token)).status).toBe(404);
    const missing = await get(`/buckets/${name}/resolve/nope`);
    expect([missing.status, missing.headers.get("x-error-code")]).toEqual([404, "EntryNotFound"]);
  });

  test("answer 401, 403, 404 and 409 as the Hub behind does", async () => {
    const { name } = await newBucket();
    const lines = `${JSON.stringify({ type: "deleteFile", path: "empty" })}\n`;
    const statuses = await Promise.all([
      get("/api/buckets/ada/none", {}, null),
      get("/api/buckets/ada/none"),
      get("/api/buckets/nobody-at-all"),
      get(`/api/buckets/${name}/batch`, { method: "POST", body: lines }, people.stranger.token),
      get(`/api/buckets/${name}/batch`, { method: "POST", body: lines }, people.owner.readToken),
      get(`/api/buckets/${name}`, { method: "POST", body: "{}" }),
      get("/api/whoami-v2", {}, null),
    ]);
    expect(statuses.map(({ status }) => status)).toEqual([401, 404, 404, 403, 403, 409, 401]);
    expect(((await statuses[5]!.json()) as { url: string }).url).toBe(`${front.url}/buckets/${name}`);
    const refused = await get(`/api/buckets/${name}/batch`, {
      method: "POST",
      body: JSON.stringify({ type: "addFile", path: "x", xetHash: "ab".repeat(32) }),
    });
    expect(refused.status).toBe(422);
    expect(await refused.json()).toMatchObject({ success: false, failed: [{ path: "x" }] });
  });

  test("lead on to a bucket that moved", async () => {
    const { name } = await newBucket();
    const to = `${name}-moved`;
    const moved = await get("/api/repos/move", {
      method: "POST",
      body: JSON.stringify({ fromRepo: name, toRepo: to, type: "bucket" }),
    });
    expect(moved.ok, await moved.text()).toBe(true);
    const redirect = await get(`/api/buckets/${name}/tree?recursive=true`);
    expect([redirect.status, redirect.headers.get("location")]).toEqual([
      307,
      `/api/buckets/${to}/tree?recursive=true`,
    ]);
    const settings = await get(`/api/buckets/${to}/settings`, { method: "PUT", body: '{"private":true}' });
    expect(settings.ok, await settings.text()).toBe(true);
    expect((await get(`/api/buckets/${to}`, {}, people.stranger.token)).status).toBe(404);
    const deleted = await get(`/api/buckets/${to}/delete-paths`, {
      method: "POST",
      body: JSON.stringify({ files: ["empty"], folders: ["data"] }),
    });
    expect(await deleted.json()).toEqual({ deleted: 4 });
  });

  test("send those who ask for content to its store", async () => {
    const { name } = await newBucket();
    const answer = (await (await get(`/api/buckets/${name}/xet-read-token`)).json()) as { casUrl: string };
    expect(answer.casUrl.startsWith(upstream.url)).toBe(true);
    const here = await get(`/api/cas/v1/reconstructions/${"ab".repeat(32)}`);
    expect(here.status).toBe(404);
    expect(((await here.json()) as { error: string }).error).toContain(upstream.url);
  });
});

describe("the token", () => {
  test("signs a browser in, and never comes back out", async () => {
    const { name } = await newBucket("private");
    const signIn = await fetch(`${front.url}/api/session`, {
      method: "POST",
      headers: { "Content-Type": "application/json", Origin: front.url },
      body: JSON.stringify({ token: people.owner.token }),
    });
    expect(signIn.ok, await signIn.clone().text()).toBe(true);
    const cookie = signIn.headers
      .getSetCookie()
      .map((one) => one.split(";")[0])
      .join("; ");
    const seen = [cookie, await signIn.text()];
    for (const path of [
      "/",
      `/buckets/${name}`,
      `/buckets/${name}/tree/data`,
      `/buckets/${name}/blob/README.md`,
      `/buckets/${name}/settings`,
      "/new-bucket",
      "/api/whoami-v2",
      `/api/buckets/${name}`,
      `/api/buckets/${name}/tree`,
      `/api/buckets/${name}/xet-read-token`,
    ]) {
      const answer = await fetch(front.url + path, { headers: { Cookie: cookie } });
      expect(answer.status, path).toBe(200);
      seen.push(JSON.stringify([...answer.headers]), await answer.text());
    }
    expect(seen.join("\n")).toContain("part-0.bin");
    expect(seen.join("\n")).not.toContain(people.owner.token);
    const wrong = await fetch(`${front.url}/api/session`, {
      method: "POST",
      headers: { "Content-Type": "application/json", Origin: front.url },
      body: JSON.stringify({ token: "hf_wrong_and_secret" }),
    });
    expect(wrong.status).toBe(401);
    expect(await wrong.text()).not.toContain("hf_wrong_and_secret");
  });

  test("is in no log and on no disk of the server in front", async () => {
    expect(front.output()).toContain("/api/buckets/");
    for (const token of [people.owner.token, people.stranger.token, people.owner.readToken, "hf_wrong"]) {
      expect(front.output()).not.toContain(token);
      for (const file of await readdir(front.dataDir, { recursive: true, withFileTypes: true })) {
        if (!file.isFile()) continue;
        const content = await readFile(join(file.parentPath, file.name));
        expect(content.includes(token), file.name).toBe(false);
      }
    }
  });
});
