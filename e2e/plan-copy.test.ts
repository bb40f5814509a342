/** A plan between two buckets, run by the server and taken back by another plan: byte for byte, there and back. */
import { createRepo, deleteFiles, downloadFile, listFiles, uploadFiles } from "@huggingface/hub";
import { afterAll, beforeAll, expect, test } from "vitest";
import { equalBytes, randomBytes } from "./bytes.ts";
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

type Files = Record<string, Uint8Array<ArrayBuffer>>;

const text = (words: string) => new TextEncoder().encode(words);

const SOURCE: Files = {
  "model/weights.bin": randomBytes(1_500_000, 1),
  "model/config.json": text('{"step": 2000}'),
  "model/same.txt": text("on both sides"),
  "model/empty": new Uint8Array(),
};
const DEST: Files = {
  "model/weights.bin": randomBytes(1_500_000, 2),
  "model/same.txt": text("on both sides"),
  "model/old.bin": randomBytes(300_000, 3),
  "notes.txt": text("outside"),
};

async function ask<T>(token: string, method: string, path: string, body?: unknown): Promise<T> {
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  const text = body === undefined ? undefined : JSON.stringify(body);
  const answer = await fetch(`${server.url}/api${path}`, { method, body: text, headers });
  if (!answer.ok) throw new Error(`${answer.status} ${((await answer.json()) as { error: string }).error}`);
  return (await answer.json()) as T;
}

interface Plan {
  id: number;
  digest: string;
  status: string;
  revertOf: number | null;
  revertible: boolean;
  totals: Record<string, { count: number }>;
  run: { state: string; done: number; message: string } | null;
}

const hub = () => ({ hubUrl: server.url, accessToken: people.owner.token });

async function make(name: string, files: Files): Promise<void> {
  const repo = { type: "bucket", name } as const;
  await createRepo({ ...hub(), repo });
  const contents = Object.entries(files).map(([path, bytes]) => ({ path, content: new Blob([bytes]) }));
  await uploadFiles({ ...hub(), repo, files: contents });
}

async function expectHeld(name: string, files: Files): Promise<void> {
  const repo = { type: "bucket", name } as const;
  const paths: string[] = [];
  for await (const { type, path } of listFiles({ ...hub(), repo, recursive: true }))
    if (type === "file") paths.push(path);
  expect(paths.sort()).toEqual(Object.keys(files).sort());
  for (const [path, bytes] of Object.entries(files)) {
    const blob = await downloadFile({ ...hub(), repo, path });
    expect(equalBytes(new Uint8Array(await blob!.arrayBuffer()), bytes), path).toBe(true);
  }
}

/** Approved by the stranger, run by the owner, to its end. */
async function approveAndRun(plan: Plan): Promise<Plan> {
  const decision = { verdict: "approve", digest: plan.digest, selection: [{ path: "/", include: true }], note: "" };
  await ask(people.stranger.token, "POST", `/plans/${plan.id}/decision`, decision);
  await ask(people.owner.token, "POST", `/plans/${plan.id}/run`);
  for (;;) {
    const now = await ask<Plan>(people.owner.token, "GET", `/plans/${plan.id}`);
    if (now.run?.state !== "running") return now;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

test("copied, and taken back", async () => {
  const { owner, stranger } = people;
  const [from, to] = [`${owner.name}/copy-from`, `${owner.name}/copy-to`];
  await make(from, SOURCE);
  await make(to, DEST);
  const rules = await ask<object>(owner.adminToken, "GET", `/buckets/${to}/rules`);
  const demanded = { ...rules, people: [stranger.name], protect: [""] };
  await ask(owner.adminToken, "PUT", `/buckets/${to}/rules`, demanded);

  const options = { delete: true, by: "content", filters: { include: [], exclude: [] } };
  const places = { source: `hf://buckets/${from}/model`, dest: `hf://buckets/${to}/model` };
  const plan = await ask<Plan>(owner.token, "POST", "/plans/compute", { ...places, ...options });
  const counts = Object.fromEntries(Object.entries(plan.totals).map(([kind, { count }]) => [kind, count]));
  expect(counts).toEqual({ add: 2, overwrite: 1, delete: 1, skip: 1, download: 0 });
  await expect(ask(owner.token, "POST", `/plans/${plan.id}/run`)).rejects.toThrow("409");

  const ran = await approveAndRun(plan);
  expect(ran).toMatchObject({ status: "done", revertible: true });
  expect(ran.run).toMatchObject({ state: "done", done: 4, message: "0 pending: 4 operations ran." });
  await expectHeld(to, { ...SOURCE, "notes.txt": DEST["notes.txt"]! });
  const again = await ask<Plan>(owner.token, "POST", "/plans/compute", { ...places, ...options });
  expect(again.totals.skip!.count).toBe(4);
  // Protected as before: what the plan brought is nobody's to delete.
  const repo = { type: "bucket", name: to } as const;
  await expect(deleteFiles({ ...hub(), repo, paths: ["model/weights.bin"] })).rejects.toThrow("is protected");

  const revert = await ask<Plan>(owner.token, "POST", `/plans/${plan.id}/revert`);
  expect(revert).toMatchObject({ revertOf: plan.id, status: "open" });
  const back = await approveAndRun(revert);
  expect(back.run).toMatchObject({ state: "done", done: 4 });
  await expectHeld(to, DEST);
  await expectHeld(from, SOURCE);
});
