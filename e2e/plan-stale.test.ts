/** Between approval and run another client changes 3 of 1,000 paths: those are told, refused, and after a rebase asked again; they alone. */
import { createRepo, deleteFiles, listFiles, uploadFiles } from "@huggingface/hub";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createPeople, type People } from "./people.ts";
import { startServer, type TestServer } from "./server.ts";

let server: TestServer;
let people: People;

beforeAll(async () => {
  server = await startServer({ pages: false });
  people = await createPeople(server);
});
afterAll(async () => {
  await server?.stop();
});

const BUCKET = "ada/mirror";
const REPO = { type: "bucket", name: BUCKET } as const;
const PATHS = Array.from({ length: 1000 }, (_, at) => `d${at % 10}/f${String(at).padStart(4, "0")}`).sort();
const MOVED = [PATHS[3]!, PATHS[512]!, PATHS[998]!];
const OLD = "as it was";
const NEW = "as another client left it";

async function ask<T>(token: string, method: string, path: string, body?: unknown): Promise<T> {
  const text = body === undefined || typeof body === "string" ? body : JSON.stringify(body);
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  const answer = await fetch(`${server.url}/api${path}`, { method, body: text, headers });
  if (!answer.ok) throw new Error(`${answer.status} ${((await answer.json()) as { error: string }).error}`);
  return (await answer.json()) as T;
}

interface Plan {
  id: number;
  digest: string;
  version: number;
  status: string;
  stale: number;
  url: string;
  staleExamples: { path: string }[];
  runnable: { delete: { count: number } };
  run: { state: string; done: number; message: string } | null;
}

interface Operation {
  path: string;
  ground: { size: number; xetHash: string } | null;
  now: { size: number; xetHash: string } | null;
}

async function ended(id: number): Promise<Plan> {
  for (;;) {
    const plan = await ask<Plan>(people.owner.token, "GET", `/plans/${id}`);
    if (plan.run?.state !== "running") return plan;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function held(): Promise<string[]> {
  const paths: string[] = [];
  for await (const { type, path } of listFiles({ repo: REPO, recursive: true, hubUrl: server.url })) {
    if (type === "file") paths.push(path);
  }
  return paths.sort();
}

test("three of a thousand", async () => {
  const { owner, stranger } = people;
  const hub = { hubUrl: server.url, accessToken: owner.token };
  await createRepo({ ...hub, repo: REPO });
  await uploadFiles({ ...hub, repo: REPO, files: PATHS.map((path) => ({ path, content: new Blob([OLD]) })) });
  const rules = await ask<object>(owner.adminToken, "GET", `/buckets/${BUCKET}/rules`);
  const setRules = (protect: string[]) =>
    ask(owner.adminToken, "PUT", `/buckets/${BUCKET}/rules`, { ...rules, people: [stranger.name], protect });
  await setRules([]);

  const header = {
    type: "header",
    source: "./local",
    dest: `hf://buckets/${BUCKET}`,
    timestamp: "2026-01-01T00:00:00+00:00",
  };
  const operations = PATHS.map((path) => ({
    type: "operation",
    action: "delete",
    path,
    reason: "gone",
    size: OLD.length,
  }));
  const file = [header, ...operations].map((line) => `${JSON.stringify(line)}\n`).join("");
  // By an agent of the owner, who may propose and nothing else.
  const { id } = await ask<Plan>(owner.proposeToken, "POST", "/plans", file);
  const approve = async () => {
    const { digest } = await ask<Plan>(stranger.token, "GET", `/plans/${id}`);
    const everything = [{ path: "/", include: true }];
    const decision = { verdict: "approve", digest, selection: everything, note: "" };
    return ask<Plan>(stranger.token, "POST", `/plans/${id}/decision`, decision);
  };
  expect((await approve()).runnable.delete.count).toBe(1000);
  for (const token of [owner.proposeToken, owner.readToken]) {
    await expect(ask(token, "POST", `/plans/${id}/run`)).rejects.toThrow("403");
  }

  await uploadFiles({ ...hub, repo: REPO, files: MOVED.map((path) => ({ path, content: new Blob([NEW]) })) });
  await setRules([""]);
  const seen = await ask<Plan>(owner.token, "GET", `/plans/${id}`);
  expect(seen.stale).toBe(3);
  expect(seen.staleExamples.map(({ path }) => path)).toEqual(MOVED);
  expect(seen.runnable.delete.count).toBe(997);
  const listed = await ask<{ items: { path: string }[] }>(owner.token, "GET", `/plans/${id}/operations?stale=1`);
  expect(listed.items.map(({ path }) => path)).toEqual(MOVED);
  for (const path of MOVED) {
    const facts = await ask<Operation>(owner.token, "GET", `/plans/${id}/operation?path=${encodeURIComponent(path)}`);
    expect(facts.ground?.size).toBe(OLD.length);
    expect(facts.now?.size).toBe(NEW.length);
    expect(facts.now?.xetHash).not.toBe(facts.ground?.xetHash);
  }

  // A client that would do it all is refused as a whole; the server runs what has not moved.
  await expect(deleteFiles({ ...hub, repo: REPO, paths: PATHS })).rejects.toThrow(/3 of 1000 lines.*has changed since/);
  expect(await held()).toEqual(PATHS);
  await ask(owner.token, "POST", `/plans/${id}/run`);
  expect((await ended(id)).run).toMatchObject({ state: "done", done: 997 });
  expect(await held()).toEqual(MOVED);

  const rebased = await ask<Plan>(owner.token, "POST", `/plans/${id}/rebase`);
  expect(rebased).toMatchObject({ version: 2, stale: 0 });
  expect(rebased.runnable.delete.count).toBe(0);
  const { items } = await ask<{ items: { path: string }[] }>(owner.token, "GET", `/plans/${id}/compare?from=1&to=2`);
  expect(items.map(({ path }) => path)).toEqual(MOVED);
  const open = await ask<{ items: { path: string }[] }>(
    owner.token,
    "GET",
    `/plans/${id}/operations?approved=0&spent=0`,
  );
  expect(open.items.map(({ path }) => path)).toEqual(MOVED);
  await expect(deleteFiles({ ...hub, repo: REPO, paths: MOVED })).rejects.toThrow(`plan ${id} has 0 of 1 approvals`);

  expect((await approve()).runnable.delete.count).toBe(3);
  await deleteFiles({ ...hub, repo: REPO, paths: MOVED });
  expect(await held()).toEqual([]);
  const done = await ended(id);
  expect(done).toMatchObject({ status: "done", run: { state: "done", done: 3 } });
});
