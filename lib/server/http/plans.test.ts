/** The routes of plans over a real socket: what `curl` and the pages send and get. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type ApiServer, openApiServer } from "../fixture.ts";

let server: ApiServer;
let token: string;
let reviewer: string;
const BUCKET = "/api/buckets/ann/models";

beforeAll(async () => {
  server = await openApiServer();
  token = await server.user("ann");
  reviewer = await server.user("bob");
  await server.ask(BUCKET, { method: "POST", token, body: {} });
  for (const path of ["runs/old.bin", "runs/model.bin"]) {
    await server.put("ann/models", token, path, Buffer.from(path));
  }
  const admin = await server.services.accounts.issueToken(await server.services.accounts.findUser("ann"), {
    role: "admin",
  });
  const rules = (await server.ask(`${BUCKET}/rules`, { token })).json;
  const changed = { ...rules, people: ["bob"], protect: ["runs"] };
  expect((await server.ask(`${BUCKET}/rules`, { method: "PUT", token, body: changed })).status).toBe(403);
  expect((await server.ask(`${BUCKET}/rules`, { method: "PUT", token: admin.token, body: changed })).json).toEqual(
    changed,
  );
});
afterAll(() => server.close());

const PLAN = [
  '{"type": "header", "source": "./runs", "dest": "hf://buckets/ann/models/runs", "timestamp": "2026-01-15T10:30:00+00:00", "summary": {"uploads": 1, "downloads": 0, "deletes": 1, "skips": 0, "total_size": 9}}',
  '{"type": "operation", "action": "upload", "path": "new é.bin", "reason": "new file", "size": 9}',
  '{"type": "operation", "action": "delete", "path": "old.bin", "reason": "not in source (--delete)", "size": 12}',
  "",
].join("\n");

async function submit(): Promise<number> {
  return (await server.ask("/api/plans", { method: "POST", token, body: PLAN })).json.id;
}

test("curl sends a file and gets the review's address", async () => {
  const answer = await server.ask("/api/plans?title=Rotate%20v2", {
    method: "POST",
    token,
    body: PLAN,
    headers: { "content-type": "application/x-www-form-urlencoded", accept: "*/*" },
  });
  expect(answer.status).toBe(201);
  const { id, url } = answer.json;
  expect(url).toBe(`${server.url}/buckets/ann/models/plans/${id}`);
  expect(answer.headers.location).toBe(url);
  expect(answer.json).toMatchObject({ title: "Rotate v2", operations: 2, status: "open" });
  const plain = await server.ask("/api/plans", {
    method: "POST",
    token,
    body: PLAN,
    headers: { accept: "text/plain" },
  });
  expect(plain.text.split("\n")[0]).toMatch(new RegExp(`^${server.url}/buckets/ann/models/plans/\\d+$`));
  expect(plain.text).toContain("warning: 1 operation under protected runs/");
});

test("a bad plan answers with its line, and the connection lives on", async () => {
  const bad = PLAN.replace('"size": 12}', '"size": 12,');
  const answer = await server.ask("/api/plans", { method: "POST", token, body: bad });
  expect(answer.status).toBe(400);
  expect(answer.headers["x-error-code"]).toBe("BadRequest");
  expect(answer.json.plan).toMatchObject({ line: 3, code: "not-json", lines: 3 });
  expect(answer.json.plan.column).toBeGreaterThan(50);
  // Larger than any socket's buffers: the answer comes although the fault is in the beginning.
  const large = await server.ask("/api/plans", { method: "POST", token, body: Buffer.alloc(64 * 1024 * 1024, "x") });
  expect([large.status, large.json.plan.code]).toEqual([400, "line-too-long"]);
});

test("who may not see the bucket learns nothing, who may not propose is told", async () => {
  expect((await server.ask("/api/plans", { method: "POST", body: PLAN })).status).toBe(401);
  expect((await server.ask("/api/plans", { method: "POST", token: reviewer, body: PLAN })).status).toBe(403);
  await server.ask("/api/buckets/ann/secret", { method: "POST", token, body: { private: true } });
  const secret = PLAN.replace("ann/models/runs", "ann/secret");
  const id = (await server.ask("/api/plans", { method: "POST", token, body: secret })).json.id;
  for (const path of ["", "/tree", "/operations", "/original.jsonl", "/approved.jsonl", "/compare"]) {
    expect((await server.ask(`/api/plans/${id}${path}`, { token: reviewer })).status).toBe(404);
  }
  expect((await server.ask("/api/plans", { method: "POST", token: reviewer, body: secret })).status).toBe(404);
  for (const wrong of ["0", "01", "x", "99999", "1e3"]) {
    expect((await server.ask(`/api/plans/${wrong}`, { token })).status).toBe(404);
  }
});

test("a review from the first look to the approved file", async () => {
  const id = await submit();
  const at = `/api/plans/${id}`;
  const { digest } = (await server.ask(at, { token: reviewer })).json;
  expect((await server.ask("/api/plans/waiting", { token: reviewer })).json.count).toBeGreaterThan(0);
  const tree = (await server.ask(`${at}/tree?limit=1`, { token: reviewer })).json;
  expect(tree.items.map(({ path }: { path: string }) => path)).toEqual(["new é.bin"]);
  const rest = (await server.ask(`${at}/tree?limit=1&cursor=${tree.cursor}`, { token: reviewer })).json;
  expect(rest).toMatchObject({ items: [{ path: "old.bin", kind: "delete", findings: 1 }], cursor: null });
  const list = (await server.ask(`${at}/operations?kinds=delete,add&findings=1&stale=0&spent=0`, { token: reviewer }))
    .json;
  expect(list.items).toHaveLength(1);
  expect((await server.ask(`${at}/operation?path=old.bin`, { token: reviewer })).json).toMatchObject({
    target: "runs/old.bin",
  });
  const comment = await server.ask(`${at}/comments`, {
    method: "POST",
    token: reviewer,
    body: { path: "old.bin", body: "sure?" },
  });
  expect([comment.status, comment.json.body]).toEqual([201, "sure?"]);
  const own = `${at}/comments/${comment.json.id}`;
  expect((await server.ask(own, { method: "PATCH", token: reviewer, body: { body: "sure." } })).status).toBe(204);
  expect((await server.ask(own, { method: "DELETE", token: reviewer })).status).toBe(204);
  expect((await server.ask(`${at}/reviewers`, { method: "PUT", token, body: { names: ["bob"] } })).status).toBe(204);
  expect((await server.ask(at, { method: "PATCH", token, body: { title: "Gone with the old" } })).status).toBe(204);
  const selection = [{ path: "old.bin", include: true }];
  const measured = await server.ask(`${at}/measure`, { method: "POST", token: reviewer, body: { selection } });
  expect(measured.json.selected.delete).toEqual({ count: 1, bytes: 12 });
  expect((await server.ask(`${at}/approved.jsonl`, { token })).status).toBe(409);
  const body = { verdict: "approve", digest, selection };
  expect((await server.ask(`${at}/decision`, { method: "POST", token, body })).status).toBe(403);
  expect(
    (await server.ask(`${at}/decision`, { method: "POST", token: reviewer, body: { ...body, digest: "x" } })).status,
  ).toBe(409);
  expect(
    (await server.ask(`${at}/decision`, { method: "POST", token: reviewer, body: { ...body, selection: {} } })).status,
  ).toBe(400);
  expect((await server.ask(`${at}/decision`, { method: "POST", token: reviewer, body })).json.status).toBe("approved");
  const file = await server.ask(`${at}/approved.jsonl`, { token });
  expect(file.headers["content-disposition"]).toContain(`approved-${id}.jsonl`);
  expect(file.text).toContain('"deletes": 1, "skips": 0, "total_size": 0');
  expect(file.text).not.toContain("new");
  const original = await server.ask(`${at}/original.jsonl`, { token });
  expect([original.text, original.headers["content-length"]]).toEqual([PLAN, String(Buffer.byteLength(PLAN))]);
  // What was approved passes the guard once.
  const line = '{"type": "deleteFile", "path": "runs/old.bin"}\n';
  const send = () => server.ask(`${BUCKET}/batch`, { method: "POST", token, body: line });
  expect(
    (await server.ask(`${BUCKET}/batch`, { method: "POST", token, body: line.replace("old", "model") })).status,
  ).toBe(403);
  expect((await send()).status).toBe(200);
  const activity = (await server.ask(`/api/activity?plan=${id}`, { token })).json.items.map(
    ({ type }: { type: string }) => type,
  );
  expect(activity).toEqual(
    expect.arrayContaining(["plan.submitted", "plan.approved", "plan.renamed", "plan.reviewers"]),
  );
  expect((await server.ask(`${BUCKET}/activity?types=batch.refused`, { token })).json.items).toHaveLength(1);
});

test("deletes of a run's best step are told, by the run's own word", async () => {
  const state = { best_model_checkpoint: "/scratch/out/checkpoint-200", best_metric: 1.021, log_history: [] };
  for (const step of [100, 200, 1000]) {
    const folder = `runs/sft/checkpoint-${step}`;
    await server.put("ann/models", token, `${folder}/model.bin`, Buffer.from(folder));
    const best = step === 1000 ? state : { best_model_checkpoint: null };
    await server.put("ann/models", token, `${folder}/trainer_state.json`, Buffer.from(JSON.stringify(best)));
  }
  const gone = (step: number) =>
    `{"type": "operation", "action": "delete", "path": "sft/checkpoint-${step}/model.bin", "reason": ""}\n`;
  const header = PLAN.slice(0, PLAN.indexOf("\n") + 1);
  const plan = (await server.ask("/api/plans", { method: "POST", token, body: header + gone(100) + gone(200) })).json;
  const found = plan.findings.find(({ code }: { code: string }) => code === "best-step");
  expect(found).toMatchObject({ severity: "danger", count: 1, examples: ["sft/checkpoint-200/model.bin"] });
  expect(found.detail).toContain("runs/sft/checkpoint-200, best metric 1.021");
});

describe("parameters", () => {
  test.each([
    ["/tree?kinds=nonsense", 400],
    ["/tree?limit=x", 400],
    ["/tree?cursor=x", 400],
    ["/tree?folder=none/", 404],
    ["/operations?stale=maybe", 400],
    ["/operations?min=-1", 400],
    ["/operations?match=%5B", 200],
    ["/operation", 404],
    ["/compare?from=1&to=2", 400],
  ])("%s: %i", async (path, status) => {
    expect((await server.ask(`/api/plans/${await submit()}${path}`, { token })).status).toBe(status);
  });

  test("rules are whole and well formed", async () => {
    const rules = (await server.ask(`${BUCKET}/rules`, { token })).json;
    const admin = await server.services.accounts.issueToken(await server.services.accounts.findUser("ann"), {
      role: "admin",
    });
    for (const wrong of [
      {},
      { ...rules, approvals: 0 },
      { ...rules, roles: ["read"] },
      { ...rules, roles: [], people: [] },
      { ...rules, people: ["nobody"] },
      { ...rules, protect: ["../x"] },
      { ...rules, limits: { ...rules.limits, deleteShare: 2 } },
      { ...rules, expiresAfter: 1 },
      { ...rules, surprise: true },
    ]) {
      expect((await server.ask(`${BUCKET}/rules`, { method: "PUT", token: admin.token, body: wrong })).status).toBe(
        400,
      );
    }
    const slashes = { ...rules, protect: ["runs/", "/runs"], freeAdds: ["logs/"] };
    const kept = (await server.ask(`${BUCKET}/rules`, { method: "PUT", token: admin.token, body: slashes })).json;
    expect([kept.protect, kept.freeAdds]).toEqual([["runs"], ["logs"]]);
  });
});
