/** Everything that someone can ask about what they have and about what they can guess, on every route that content has a part in. */
import { hashToHex } from "#lib/core/xet/hash.ts";
import { type MadeXorb, makeFile, makeShard } from "#lib/server/cas/fixture.ts";
import { chunkHashes, type SentFile } from "./contents.ts";
import type { Person } from "./person.ts";

export interface Knowledge {
  /** Buckets of theirs. */
  own: string[];
  /** A bucket that they may not see. */
  foreign: string;
  xorbs: MadeXorb[];
  /** More xorbs, asked about by their first chunk alone. */
  popular: MadeXorb[];
  files: SentFile[];
}

/** In full, or without what moves many bytes and changes something. */
export type Depth = "in full" | "in short";

export async function observe(me: Person, knowledge: Knowledge, depth: Depth): Promise<void> {
  await atLarge(me, knowledge);
  for (const bucket of [...knowledge.own, "carol/open", knowledge.foreign]) await aboutBucket(me, bucket, depth);
  for (const bucket of knowledge.own) await inStore(me, bucket, knowledge, depth);
  if (depth === "in full") await guesses(me, knowledge);
}

async function atLarge(me: Person, { own }: Knowledge): Promise<void> {
  const namespace = own[0]!.split("/")[0]!;
  for (const path of [
    "/api/whoami-v2",
    `/api/buckets/${namespace}`,
    "/api/settings/repositories",
    "/api/activity",
    "/api/activity?limit=2",
    "/api/plans?box=all",
    "/api/plans/waiting",
    "/api/dedup",
    `/api/dedup?namespace=${namespace}`,
  ]) {
    await me.ask(path);
  }
}

const url = (path: string) => path.split("/").map(encodeURIComponent).join("/");

async function aboutBucket(me: Person, bucket: string, depth: Depth): Promise<void> {
  const at = `/api/buckets/${bucket}`;
  await me.ask(at);
  await me.ask(`${at}/tree`);
  await me.ask(`${at}/tree?limit=2&sort=size`);
  const tree = await me.ask(`${at}/tree?recursive=true`);
  const paths: string[] = tree.status === 200 ? tree.json.map(({ path }: { path: string }) => path) : ["model.bin"];
  await me.ask(`${at}/paths-info`, { method: "POST", body: { paths } });
  for (const path of ["activity", "rules", "webhooks", "xet-read-token"]) await me.ask(`${at}/${path}`);
  await me.ask(`${at}/activity?limit=3`);

  const folders = [...new Set(paths.flatMap((path) => (path.includes("/") ? [path.slice(0, path.indexOf("/"))] : [])))];
  const few = paths
    .filter((path) => !/^(flood|crumbs|pieces)\/\d*[1-9]$/.test(path))
    .slice(0, depth === "in full" ? 10 : 5);
  for (const path of ["", ...folders, ...few]) {
    await me.ask(`${at}/dedup?path=${encodeURIComponent(path)}`);
    await me.ask(`${at}/dedup?path=${encodeURIComponent(path)}`, { headers: { accept: "text/plain" } });
  }
  for (const folder of ["", ...folders]) {
    await me.ask(`${at}/dedup/entries?path=${folder}&sort=exclusive`);
    await me.ask(`${at}/dedup/entries?path=${folder}&sort=freed&limit=2`);
  }
  for (const path of ["checkpoints", "files", "history", "matrix"]) await me.ask(`${at}/dedup/${path}`);
  await me.ask(`${at}/dedup/matrix?${folders.map((folder) => `path=${folder}`).join("&")}`);
  await me.ask(`${at}/dedup/selection`, {
    method: "POST",
    body: { files: few.slice(0, 3), folders: folders.slice(0, 1) },
  });
  for (const path of few) {
    if (depth === "in full") {
      await me.ask(`/buckets/${bucket}/resolve/${url(path)}`);
      await me.ask(`/buckets/${bucket}/resolve/${url(path)}`, { headers: { range: "bytes=1000-200000" } });
    }
    await me.ask(`/buckets/${bucket}/resolve/${url(path)}`, { method: "HEAD" });
    await me.ask(`${at}/sharing/${url(path)}?limit=${depth === "in full" ? 100 : 2}`);
    await me.ask(`${at}/dedup/map/${url(path)}?cells=8`);
    await me.ask(`${at}/dedup/range/${url(path)}?start=0&end=150000`);
  }
}

async function inStore(me: Person, bucket: string, knowledge: Knowledge, depth: Depth): Promise<void> {
  const { xorbs, popular, files } = knowledge;
  for (const scope of depth === "in full" ? (["read", "write"] as const) : (["write"] as const)) {
    for (const { hash } of files) {
      await me.cas(bucket, scope, `/v1/files/${hash}`, { method: "HEAD" });
      const found = await me.cas(bucket, scope, `/v1/reconstructions/${hash}`);
      await me.cas(bucket, scope, `/v2/reconstructions/${hash}`, { headers: { range: "bytes=90000-400000" } });
      await me.cas(bucket, scope, `/v2/file-chunk-hashes/${hash}`, {
        headers: { "x-range-dirty": "bytes=70000-80000" },
      });
      if (found.status === 200 && depth === "in full") await fetchAll(me, found.json.fetch_info);
    }
    const known = files.map(({ hash }) => `file_id=${hash}`).join("&");
    await me.cas(bucket, scope, `/v1/reconstructions?${known}`);
    await me.cas(bucket, scope, "/v1/reconstructions", { method: "POST", body: [{ hash: files[0]!.hash }] });
    for (const { hash } of xorbs) await me.cas(bucket, scope, `/v1/xorbs/default/${hash}`, { method: "HEAD" });
  }
  for (const xorb of xorbs) {
    const asked = depth === "in full" ? [0, 1, xorb.lengths.length >> 1] : [0];
    for (const chunk of chunkHashes(xorb).filter((_, at) => asked.includes(at))) {
      await me.cas(bucket, "read", `/v1/chunks/default/${chunk}`);
    }
  }
  for (const xorb of popular) await me.cas(bucket, "write", `/v1/chunks/default/${chunkHashes(xorb)[0]}`);
  for (const question of [
    { recent: true },
    { files: files.map(({ hash }) => hash) },
    { chunks: xorbs.flatMap((xorb) => chunkHashes(xorb).slice(0, 3)) },
    { chunks: popular.map((xorb) => hashToHex(xorb.hashes)), recent: true },
  ]) {
    await me.cas(bucket, "write", "/v1/dedup", { method: "POST", body: question });
  }
}

/** The bytes of a xorb under the URLs of a reconstruction, as clients fetch them. */
async function fetchAll(
  me: Person,
  fetches: Record<string, { url: string; url_range: { start: number; end: number } }[]>,
) {
  for (const { url: signed, url_range: range } of Object.values(fetches).flat()) {
    const { pathname, search } = new URL(signed);
    await me.ask(pathname + search, { token: null, headers: { range: `bytes=${range.start}-${range.end}` } });
  }
}

/** What nobody gave them: content by its hash, and buckets by their name. */
async function guesses(me: Person, { own, foreign, xorbs, files }: Knowledge): Promise<void> {
  const [bucket] = own as [string];
  for (const { hash } of files) {
    await me.batch(bucket, { type: "addFile", path: "guess", xetHash: hash });
    await me.batch(bucket, {
      type: "copyFile",
      path: "guess",
      xetHash: hash,
      sourceRepoType: "bucket",
      sourceRepoId: foreign,
    });
    await me.remove(bucket, "guess");
  }
  for (const xorb of xorbs) {
    const { entry } = makeFile([{ xorb, start: 0, end: Math.max(1, xorb.lengths.length - 1) }]);
    const bare = makeShard([{ ...entry, verification: undefined }]);
    await me.cas(bucket, "write", "/v1/shards", { method: "POST", body: bare });
    await me.cas(bucket, "write", "/v1/shards", { method: "POST", body: makeShard([entry]) });
  }
}
