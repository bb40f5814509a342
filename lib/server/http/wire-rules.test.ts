/** The fifteen rules that a naive server breaks first (reference/hub-bucket-api 1), each over a real socket; then the rest of resolve. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ZERO_HASH } from "#lib/core/xet/constants.ts";
import { type ApiServer, openApiServer } from "../fixture.ts";

let server: ApiServer;
let token: string;
let stranger: string;
const ID = "ann/models";
const API = `/api/buckets/${ID}`;
const README = Buffer.from("# Read me\n");
const DATA = Buffer.from(Array.from({ length: 300_000 }, (_, n) => (n * 7 + (n >> 8)) % 256));
let dataHash: string;

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/;
const paths = (entries: { path: string }[]) => entries.map(({ path }) => path);

beforeAll(async () => {
  server = await openApiServer();
  token = await server.user("ann");
  stranger = await server.user("bob");
  await server.ask(API, { method: "POST", token, body: {} });
  await server.put(ID, token, "README.md", README, { mtime: 1_700_000_000_123 });
  dataHash = await server.put(ID, token, "data/a", DATA);
  await server.put(ID, token, "data/b", README);
  await server.put(ID, token, "data-old/c", README);
  await server.put(ID, token, "odd/100% a+b #1 é.txt", README);
  await server.ask("/api/buckets/ann/secret", { method: "POST", token, body: { private: true } });
});
afterAll(() => server.close());

test("rule 1: the tree without `recursive` is recursive and flat", async () => {
  const all = ["README.md", "data-old/c", "data/a", "data/b", "odd/100% a+b #1 é.txt"];
  const flat = (await server.ask(`${API}/tree`)).json;
  expect(paths(flat)).toEqual(all);
  expect(new Set(flat.map((entry: { type: string }) => entry.type))).toEqual(new Set(["file"]));
  expect(paths((await server.ask(`${API}/tree?recursive=true`)).json)).toEqual(all);
  const level = (await server.ask(`${API}/tree?recursive=false`)).json;
  expect(level.map((entry: { type: string; path: string }) => `${entry.type} ${entry.path}`)).toEqual([
    "file README.md",
    "directory data",
    "directory data-old",
    "directory odd",
  ]);
  for (const entry of level) expect(entry.uploadedAt).toMatch(TIME);
});

test("rule 2, our deviation: a prefix ends at a path boundary, in every spelling", async () => {
  for (const prefix of ["data", "data/", "data%2F"]) {
    for (const query of ["", "?recursive=false"]) {
      expect(paths((await server.ask(`${API}/tree/${prefix}${query}`)).json)).toEqual(["data/a", "data/b"]);
    }
  }
  expect(paths((await server.ask(`${API}/tree/data%2Fa?recursive=false`)).json)).toEqual(["data/a"]);
  expect((await server.ask(`${API}/tree/dat`)).json).toEqual([]);
});

test("rule 3: an unknown prefix is 200 []", async () => {
  for (const query of ["", "?recursive=false", "?recursive=false&sort=size"]) {
    const answer = await server.ask(`${API}/tree/nope/deeper${query}`);
    expect([answer.status, answer.json]).toEqual([200, []]);
  }
});

test("rule 4: both spellings of a path, decoded once", async () => {
  for (const path of ["odd%2F100%25%20a%2Bb%20%231%20%C3%A9.txt", "odd/100%25%20a+b%20%231%20%C3%A9.txt"]) {
    expect((await server.ask(`/buckets/${ID}/resolve/${path}`)).body).toEqual(README);
    expect(paths((await server.ask(`${API}/tree/${path}`)).json)).toEqual(["odd/100% a+b #1 é.txt"]);
  }
  // "%252F" is the name "%2F", which is another file.
  expect((await server.ask(`/buckets/${ID}/resolve/data%252Fa`)).status).toBe(404);
  await server.put(ID, token, "esc/a%2Fb", README);
  expect((await server.ask(`/buckets/${ID}/resolve/esc/a%252Fb`)).status).toBe(200);
  expect((await server.ask(`/buckets/${ID}/resolve/esc/a%2Fb`)).status).toBe(404);
  expect((await server.ask(`/buckets/${ID}/resolve/broken%E0%A4`)).status).toBe(400);
  await server.ask(`${API}/batch`, { method: "POST", token, body: '{"type":"deleteFile","path":"esc/a%2Fb"}' });
});

test("rules 5 and 6: creating what exists is 409 with a url on the client's own endpoint", async () => {
  const made = await server.ask("/api/buckets/me/fresh", { method: "POST", token, body: {} });
  expect(made.json).toEqual({ url: `${server.url}/buckets/ann/fresh`, name: "ann/fresh", id: "ann/fresh" });
  const again = await server.ask("/api/buckets/ann/fresh", { method: "POST", token, body: { visibility: "public" } });
  expect(again.status).toBe(409);
  expect(again.json).toMatchObject({ url: `${server.url}/buckets/ann/fresh`, error: expect.any(String) });
  // No content type and no body at all, as deleteRepo sends it.
  const gone = await server.ask("/api/buckets/ann/fresh", {
    method: "DELETE",
    token,
    headers: { "content-type": "application/json" },
  });
  expect(gone.status).toBe(200);
});

test("rule 7: every timestamp ends in Z", async () => {
  const info = (await server.ask(API)).json;
  expect(info).toMatchObject({
    id: ID,
    author: "ann",
    repoType: "bucket",
    private: false,
    totalFiles: 5,
    cdnRegions: [],
  });
  expect(info.size).toBe(4 * README.length + DATA.length);
  const [readme] = (await server.ask(`${API}/paths-info`, { method: "POST", body: { paths: ["README.md"] } })).json;
  for (const time of [info.createdAt, info.updatedAt, readme.mtime, readme.uploadedAt]) expect(time).toMatch(TIME);
  expect(readme.mtime).toBe("2023-11-14T22:13:20.123Z");
  // Missing mtime: the time of upload.
  const [data] = (
    await server.ask(`${API}/paths-info`, { method: "POST", body: { paths: ["data/a", "data", "", "x"] } })
  ).json;
  expect(data.mtime).toBe(data.uploadedAt);
});

test("rule 8: a missing bucket is 404 RepoNotFound; a hidden one looks the same, and nobody gets 401", async () => {
  for (const [path, method, body] of [
    ["", "GET", undefined],
    ["", "DELETE", undefined],
    ["/tree", "GET", undefined],
    ["/tree/data?recursive=false", "GET", undefined],
    ["/paths-info", "POST", { paths: ["a"] }],
    ["/batch", "POST", '{"type":"deleteFile","path":"a"}'],
    ["/settings", "PUT", { private: true }],
    ["/xet-read-token", "GET", undefined],
    ["/xet-write-token", "GET", undefined],
  ] as const) {
    for (const name of ["ann/secret", "ann/missing", "nobody/missing"]) {
      const hidden = await server.ask(`/api/buckets/${name}${path}`, { method, body, token: stranger });
      expect([path, hidden.status, hidden.headers["x-error-code"]]).toEqual([path, 404, "RepoNotFound"]);
      expect(hidden.json.error).toBe(`Bucket ${name} not found.`);
      expect(hidden.headers["x-error-message"]).toBe(hidden.json.error);
      expect(hidden.headers["x-request-id"]).toBeTruthy();
      expect((await server.ask(`/api/buckets/${name}${path}`, { method, body })).status).toBe(401);
    }
  }
  expect((await server.ask("/buckets/ann/secret/resolve/a", { token: stranger })).headers["x-error-code"]).toBe(
    "RepoNotFound",
  );
  expect((await server.ask("/buckets/ann/secret/resolve/a")).status).toBe(401);
  expect((await server.ask(API, { token: "hf_wrong" })).status).toBe(401);
  for (const [path, method] of [
    ["", "DELETE"],
    ["/batch", "POST"],
    ["/settings", "PUT"],
    ["/xet-write-token", "GET"],
  ] as const) {
    const body =
      method === "GET" || method === "DELETE" ? undefined : path === "/batch" ? '{"type":"deleteFile","path":"a"}' : {};
    expect((await server.ask(`${API}${path}`, { method, token: stranger, body })).status).toBe(403);
  }
  expect((await server.ask("/api/buckets/models", { method: "DELETE", token })).status).toBe(404);
  expect((await server.ask("/api/buckets/models", { token })).status).toBe(404);
});

test("rule 9: a batch answers with `failed`, 200 when all is well and 422 when nothing was done", async () => {
  const good = await server.ask(`${API}/batch`, {
    method: "POST",
    token,
    body: '\n{"type":"deleteFile","path":"not/there"}\n\n',
  });
  expect([good.status, good.json]).toEqual([200, { success: true, processed: 1, succeeded: 1, failed: [] }]);
  const lines = [
    { type: "addFile", path: "ok", xetHash: ZERO_HASH },
    { type: "addFile", path: "unknown", xetHash: "ab".repeat(32) },
    { type: "addFile", path: "../up", xetHash: ZERO_HASH },
    { type: "copyFile", path: "copy", xetHash: dataHash, sourceRepoType: "model", sourceRepoId: "x/y" },
  ];
  const body = `${lines.map((line) => JSON.stringify(line)).join("\n")}\n{broken`;
  const bad = await server.ask(`${API}/batch`, { method: "POST", token, body });
  expect(bad.status).toBe(422);
  expect(bad.json).toMatchObject({ success: false, processed: 5, succeeded: 0, error: expect.any(String) });
  expect(paths(bad.json.failed).sort()).toEqual(["", "../up", "copy", "unknown"]);
  expect((await server.ask(`/buckets/${ID}/resolve/ok`)).status).toBe(404);
});

test("rule 10: HEAD says size, hash and where the content is, and sends no body", async () => {
  for (const path of ["data%2Fa", "data/a"]) {
    const head = await server.ask(`/buckets/${ID}/resolve/${path}`, { method: "HEAD" });
    expect(head.status).toBe(200);
    expect(head.body.length).toBe(0);
    expect(head.headers).toMatchObject({
      "content-length": String(DATA.length),
      "x-linked-size": String(DATA.length),
      "x-xet-hash": dataHash,
      etag: `"${dataHash}"`,
      "x-linked-etag": `"${dataHash}"`,
      "accept-ranges": "bytes",
      "x-xet-refresh-route": `${server.url}${API}/xet-read-token`,
    });
    expect(head.headers["content-encoding"]).toBeUndefined();
    expect(head.headers["transfer-encoding"]).toBeUndefined();
    expect(new Date(head.headers["last-modified"]!).getTime()).toBeGreaterThan(0);
  }
  const missing = await server.ask(`/buckets/${ID}/resolve/nope`, { method: "HEAD" });
  expect([missing.status, missing.headers["x-error-code"], missing.body.length]).toEqual([404, "EntryNotFound", 0]);
});

test("rule 11: Link headers carry absolute URLs, quoted rels, a blank after the semicolon", async () => {
  const { link } = (await server.ask(`/buckets/${ID}/resolve/data/a`, { method: "HEAD" })).headers;
  const found = [...String(link).matchAll(/<(http[^>]+)>;\s+rel="([^"]+)"/g)].map(([, url, rel]) => [rel, url]);
  expect(Object.fromEntries(found)).toEqual({
    "xet-auth": `${server.url}${API}/xet-read-token`,
    "xet-reconstruction-info": expect.stringMatching(new RegExp(`^${server.url}/.+/v1/reconstructions/${dataHash}$`)),
  });
  const seen: string[] = [];
  let next: string | undefined = `${API}/tree?recursive=true&limit=2`;
  while (next !== undefined) {
    const page = await server.ask(next);
    expect(page.json.length).toBeLessThanOrEqual(2);
    seen.push(...paths(page.json));
    const [, url] = /^<(http:\/\/[^>]+)>; rel="next"$/.exec(String(page.headers.link ?? "")) ?? [];
    if (url !== undefined) {
      expect(url.startsWith(`${server.url}${API}/tree?`)).toBe(true);
      expect(new URL(url).searchParams.get("recursive")).toBe("true");
      expect(new URL(url).searchParams.get("limit")).toBe("2");
    }
    next = url?.slice(server.url.length);
  }
  expect(seen).toEqual(paths((await server.ask(`${API}/tree`)).json));
  expect((await server.ask(`${API}/tree?cursor=nonsense`)).status).toBe(400);
});

test("rule 12: GET honours Range with a true 206", async () => {
  const get = (range: string, headers = {}) =>
    server.ask(`/buckets/${ID}/resolve/data/a`, { headers: { range, ...headers } });
  for (const [range, start, end] of [
    ["bytes=0-0", 0, 1],
    ["bytes=100-199999", 100, 200_000],
    ["bytes=299999-", 299_999, 300_000],
    ["bytes=250000-999999999", 250_000, 300_000],
    ["bytes=-5", 299_995, 300_000],
    ["bytes=-900000", 0, 300_000],
  ] as const) {
    const answer = await get(range);
    expect([range, answer.status, answer.headers["content-range"]]).toEqual([
      range,
      206,
      `bytes ${start}-${end - 1}/300000`,
    ]);
    expect(answer.headers["content-length"]).toBe(String(end - start));
    expect(answer.body.equals(DATA.subarray(start, end))).toBe(true);
  }
  for (const range of ["bytes=300000-", "bytes=300000-300001", "bytes=-0"]) {
    const answer = await get(range);
    expect([answer.status, answer.headers["content-range"]]).toEqual([416, "bytes */300000"]);
  }
  expect((await get("bytes=5-2")).status).toBe(400);
  const whole = await server.ask(`/buckets/${ID}/resolve/data/a`);
  expect([whole.status, whole.headers["content-length"]]).toEqual([200, "300000"]);
  expect(whole.body.equals(DATA)).toBe(true);

  expect((await get("bytes=0-9", { "if-range": `"${dataHash}"` })).status).toBe(206);
  expect((await get("bytes=0-9", { "if-range": whole.headers["last-modified"]! })).status).toBe(206);
  expect((await get("bytes=0-9", { "if-range": '"other"' })).status).toBe(200);
});

test("rule 13: xet tokens come in the body and in the headers", async () => {
  for (const [path, asker] of [
    ["xet-read-token", null],
    ["xet-write-token", token],
    ["xet-write-token/main", token],
  ] as const) {
    const { json, headers } = await server.ask(`${API}/${path}`, { token: asker });
    expect(json).toEqual({ accessToken: expect.any(String), casUrl: expect.any(String), exp: expect.any(Number) });
    expect(json.casUrl).toMatch(new RegExp(`^${server.url}/.*[^/]$`));
    expect(json.exp).toBeGreaterThan(Date.now() / 1000 + 600);
    expect(headers).toMatchObject({
      "x-xet-access-token": json.accessToken,
      "x-xet-cas-url": json.casUrl,
      "x-xet-token-expiration": String(json.exp),
    });
  }
});

test("rule 14: the zero hash is the empty file, and needs nothing in the content store", async () => {
  await server.put(ID, token, "empty.txt", new Uint8Array(0));
  const [entry] = (await server.ask(`${API}/tree/empty.txt`)).json;
  expect(entry).toMatchObject({ path: "empty.txt", size: 0, xetHash: ZERO_HASH, contentType: "text/plain" });
  const url = `/buckets/${ID}/resolve/empty.txt`;
  expect((await server.ask(url, { method: "HEAD" })).headers["content-length"]).toBe("0");
  for (const headers of [{}, { range: "bytes=0-0" }, { range: "bytes=0-" }] as Record<string, string>[]) {
    const answer = await server.ask(url, { headers });
    expect([answer.status, answer.headers["content-length"], answer.text]).toEqual([200, "0", ""]);
  }
  const info = await server.ask(url, {
    headers: { range: "bytes=0-0", accept: "application/vnd.xet-fileinfo+json, */*" },
  });
  expect([info.status, info.headers["x-linked-size"]]).toEqual([200, "0"]);
  await server.ask(`${API}/batch`, { method: "POST", token, body: '{"type":"deleteFile","path":"empty.txt"}' });
});

test("rule 15: tokens are hf_..., also those that people bring along", async () => {
  expect(token).toMatch(/^hf_[A-Za-z0-9]{34,}$/);
  const me = (await server.ask("/api/whoami-v2", { token })).json;
  expect(me).toMatchObject({
    type: "user",
    name: "ann",
    orgs: [],
    auth: { type: "access_token", accessToken: { role: "write", createdAt: expect.stringMatching(TIME) } },
  });
  expect((await server.ask("/api/whoami-v2")).status).toBe(401);
  expect((await server.ask("/api/whoami-v2", { token: "hf_wrong" })).status).toBe(401);
});

describe("resolve", () => {
  const url = `/buckets/${ID}/resolve/data/a`;

  test("the file-info form has all that the JS client reads", async () => {
    const accept = "application/vnd.xet-fileinfo+json, */*";
    const answer = await server.ask(url, { headers: { range: "bytes=0-0", accept } });
    expect(answer.status).toBe(200);
    expect(answer.headers["content-type"]).toContain("application/vnd.xet-fileinfo+json");
    expect(answer.headers).toMatchObject({ "x-linked-size": "300000", "x-xet-hash": dataHash, etag: `"${dataHash}"` });
    expect(answer.json).toMatchObject({
      hash: dataHash,
      size: 300_000,
      refreshUrl: `${server.url}${API}/xet-read-token`,
    });
  });

  test("If-None-Match", async () => {
    for (const value of [`"${dataHash}"`, `"x", W/"${dataHash}"`, "*"]) {
      for (const method of ["GET", "HEAD"]) {
        const answer = await server.ask(url, { method, headers: { "if-none-match": value } });
        expect([answer.status, answer.body.length, answer.headers.etag]).toEqual([304, 0, `"${dataHash}"`]);
      }
    }
    expect((await server.ask(url, { headers: { "if-none-match": '"x"' } })).status).toBe(200);
  });

  test("a stored page cannot run as this server's own", async () => {
    await server.put(ID, token, 'web/evil "1" é.html', Buffer.from("<script>alert(1)</script>"), {
      contentType: "text/html",
    });
    const evil = `/buckets/${ID}/resolve/${encodeURIComponent('web/evil "1" é.html')}`;
    const { headers } = await server.ask(evil);
    expect(headers["content-type"]).toBe("text/html; charset=utf-8");
    expect(headers["x-content-type-options"]).toBe("nosniff");
    expect(headers["content-security-policy"]).toMatch(/^sandbox; default-src 'none'/);
    expect(headers["content-disposition"]).toBe(
      `attachment; filename="evil _1_ _.html"; filename*=UTF-8''evil%20%221%22%20%C3%A9.html`,
    );
    expect(headers["cache-control"]).toBe("private, no-cache");
    expect((await server.ask(`${evil}?noContentDisposition=1`)).headers["content-disposition"]).toBeUndefined();
    expect((await server.ask(`${evil}?download=true`)).headers["content-disposition"]).toMatch(/^attachment/);
  });
});

test("a moved bucket answers 307 with a relative Location; a new one under the old name takes over", async () => {
  const make = (id: string) => server.ask(`/api/buckets/${id}`, { method: "POST", token, body: {} });
  await make("ann/old.name");
  await server.put("ann/old.name", token, "x", README);
  const move = (fromRepo: string, toRepo: string, asker = token) =>
    server.ask("/api/repos/move", { method: "POST", token: asker, body: { fromRepo, toRepo, type: "bucket" } });
  expect((await move("ann/old.name", ID)).status).toBe(409);
  expect((await move("ann/old.name", "bob/stolen")).status).toBe(403);
  expect((await move("ann/old.name", "ann/new", stranger)).status).toBe(403);
  expect((await move("ann/old.name", "ann/new")).status).toBe(200);
  const moved = await server.ask("/api/buckets/ann/old.name/tree/x?limit=5");
  expect([moved.status, moved.headers.location]).toEqual([307, "/api/buckets/ann/new/tree/x?limit=5"]);
  expect((await server.ask("/buckets/ann/old.name/resolve/x", { method: "HEAD" })).headers.location).toBe(
    "/buckets/ann/new/resolve/x",
  );
  expect((await make("ann/old.name")).status).toBe(200);
  expect((await server.ask("/api/buckets/ann/old.name")).json.totalFiles).toBe(0);
});

test("listing namespaces: public for everybody, private for members, `me`, search and pages", async () => {
  const ids = async (path: string, asker: string | null = null) =>
    (await server.ask(`/api/buckets/${path}`, { token: asker })).json.map(({ id }: { id: string }) => id);
  expect(await ids("ann", token)).toContain("ann/secret");
  expect(await ids("me", token)).toEqual(await ids("ann", token));
  expect(await ids("ann", stranger)).not.toContain("ann/secret");
  expect(await ids("ann")).toContain(ID);
  expect(await ids("ann?search=ode")).toEqual([ID]);
  expect((await server.ask("/api/buckets/me")).status).toBe(401);
  expect((await server.ask("/api/buckets/nobody")).status).toBe(404);
  const first = await server.ask("/api/buckets/ann?limit=1", { token });
  expect(first.json).toHaveLength(1);
  expect(first.headers.link).toMatch(/^<http.+cursor=.+>; rel="next"$/);
  const repos = (await server.ask("/api/settings/repositories", { token })).json;
  expect(repos).toContainEqual(
    expect.objectContaining({ id: "ann/secret", type: "bucket", visibility: "private", storage: 0 }),
  );
});

test("settings: visibility and pre-warmed regions, named differently on creation", async () => {
  const cdn = [{ provider: "aws", region: "eu" }];
  await server.ask("/api/buckets/ann/warm", {
    method: "POST",
    token,
    body: { cdn, region: "us", visibility: "private" },
  });
  expect((await server.ask("/api/buckets/ann/warm", { token })).json).toMatchObject({
    private: true,
    cdnRegions: cdn,
    region: "us",
  });
  const put = (body: object) => server.ask("/api/buckets/ann/warm/settings", { method: "PUT", token, body });
  expect((await put({ private: false })).status).toBe(200);
  expect((await server.ask("/api/buckets/ann/warm")).json).toMatchObject({ private: false, cdnRegions: cdn });
  await put({ cdnRegions: [] });
  expect((await server.ask("/api/buckets/ann/warm")).json.cdnRegions).toEqual([]);
  expect((await put({ visibility: "protected" })).status).toBe(400);
  expect((await put({ cdnRegions: [{ provider: "ibm", region: "eu" }] })).status).toBe(400);
});

test("what is no bucket: models, datasets, unknown routes", async () => {
  const model = await server.ask("/api/models/missing/repo", { token });
  expect([model.status, model.headers["x-error-code"]]).toEqual([404, "RepoNotFound"]);
  expect((await server.ask("/api/nothing/here")).status).toBe(404);
  expect((await server.ask(`${API}/batch`, { token })).status).toBe(405);
});
