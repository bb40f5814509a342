import { sql } from "kysely";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type BucketOperation, parseOperation } from "#lib/core/bucket/operation.ts";
import { ZERO_HASH } from "#lib/core/xet/constants.ts";
import { type ApiServer, openApiServer } from "../fixture.ts";
import { type Actor, ANONYMOUS, type MemberRole } from "./actor.ts";
import { createEmbeddedHub } from "./embedded.ts";
import { contentOf, type HubFixture, openHubFixture } from "./fixture.ts";
import { codeOf, describeHub, lines } from "./hub.contract.ts";

describeHub("the embedded one", async () => {
  const server: ApiServer = await openApiServer();
  const { accounts, hub } = server.services;
  const tokens = new Map<Actor, string>();
  async function actor(name: string, role: "read" | "write" = "write"): Promise<Actor> {
    const { token } = await accounts.issueToken(await accounts.findUser(name), { role });
    const made = (await accounts.actorFromToken(token))!;
    tokens.set(made, token);
    return made;
  }
  await accounts.createUser("ann");
  await accounts.createUser("bob");
  await accounts.createOrg("guild", { privateByDefault: true });
  await accounts.addMember("guild", "ann", "admin");
  return {
    hub,
    ann: await actor("ann"),
    bob: await actor("bob"),
    annReads: await actor("ann", "read"),
    upload: (who, id, bytes) => server.upload(id, tokens.get(who)!, bytes),
    keepsBytes: true,
    namesAllFailed: true,
    close: server.close,
  };
});

let fixture: HubFixture;
let ann: Actor;

beforeAll(async () => {
  fixture = await openHubFixture();
  ann = await fixture.user("ann");
});
afterAll(() => fixture.close());

const TREE = { prefix: "", recursive: true, limit: 1000 };
const contents = [contentOf("one", 10), contentOf("two", 20)] as const;
const add = (path: string, content = contents[0]): BucketOperation => ({
  type: "addFile",
  path,
  xetHash: content.xetHash,
});

async function newBucket(id: string, owner = ann, visibility: "public" | "private" = "private"): Promise<string> {
  await fixture.hub.createBucket(owner, id, { visibility });
  await fixture.prove(id, [...contents]);
  return id;
}

describe("roles", () => {
  beforeAll(() => fixture.org("org", { ann: "admin" }, true));

  const asks = (id: string) => ({
    read: (actor: Actor) => fixture.hub.getBucket(actor, id),
    addNew: (actor: Actor) => fixture.hub.applyBatch(actor, id, lines(add(`new ${Math.random()}`))),
    replace: (actor: Actor) => fixture.hub.applyBatch(actor, id, lines(add("kept", contents[1]))),
    remove: (actor: Actor) => fixture.hub.applyBatch(actor, id, lines({ type: "deleteFile", path: "kept" })),
    xetWrite: (actor: Actor) => fixture.hub.createXetToken(actor, id, "write", "http://h"),
    set: (actor: Actor) => fixture.hub.updateBucket(actor, id, {}),
    create: (actor: Actor) => fixture.hub.createBucket(actor, `org/new-${Math.random()}`, {}),
  });

  test.each<[MemberRole | "none", string]>([
    ["none", ""],
    ["read", "read"],
    ["contributor", "read addNew xetWrite"],
    ["write", "read addNew xetWrite replace remove set create"],
    ["admin", "read addNew xetWrite replace remove set create"],
  ])("a member of role %s may: %s", async (role, allowed) => {
    const name = `member-${role}`;
    const member = await fixture.user(name);
    if (role !== "none") await fixture.accounts.addMember("org", name, role);
    const id = await newBucket(`org/for-${role}`);
    await fixture.hub.applyBatch(ann, id, lines(add("kept")));
    for (const [what, ask] of Object.entries(asks(id))) {
      const may = allowed.split(" ").includes(what);
      const refusal = role === "none" && what !== "create" ? ["RepoNotFound"] : ["Forbidden", "BatchFailed"];
      const code = await codeOf(ask(member));
      expect(may ? ["none"] : refusal, `${role} ${what}`).toContain(code);
      if (what === "replace" && may) await fixture.hub.applyBatch(ann, id, lines(add("kept")));
    }
  });

  test("a token limits its user; a scope hides the rest, public buckets too", async () => {
    const id = await newBucket("ann/scoped");
    const other = await newBucket("ann/unscoped", ann, "public");
    const as = async (role: "read" | "propose" | "write" | "admin", scope: string | null) =>
      (await fixture.accounts.actorFromToken(
        (
          await fixture.accounts.issueToken(ann.account!, { role, scope })
        ).token,
      ))!;
    const write = (actor: Actor, bucket: string) => codeOf(fixture.hub.applyBatch(actor, bucket, lines(add("x"))));
    expect(await write(await as("read", null), id)).toBe("Forbidden");
    expect(await write(await as("propose", null), id)).toBe("Forbidden");
    expect(await write(await as("write", null), id)).toBe("none");
    const narrow = await as("write", "ann/scoped");
    expect(await write(narrow, id)).toBe("none");
    expect(await write(narrow, other)).toBe("RepoNotFound");
    expect(await codeOf(fixture.hub.getBucket(narrow, other))).toBe("RepoNotFound");
    expect((await fixture.hub.listBuckets(narrow, { namespace: "me" })).items.map((item) => item.id)).toEqual([id]);
    expect(await codeOf(fixture.hub.createBucket(narrow, "ann/third", {}))).toBe("Forbidden");
    const elsewhere = await as("write", "org");
    expect(await codeOf(fixture.hub.getBucket(elsewhere, id))).toBe("RepoNotFound");
    expect(await codeOf(fixture.hub.listBuckets(elsewhere, { namespace: "ann" }))).toBe("NotFound");
    // Content outside the scope may not be brought in by its hash.
    const hidden = contentOf("hidden", 5);
    await fixture.prove(other, [hidden]);
    await fixture.hub.applyBatch(ann, other, lines(add("hidden", hidden)));
    expect(await codeOf(fixture.hub.applyBatch(narrow, id, lines(add("in", hidden))))).toBe("BatchFailed");
    expect(await codeOf(fixture.hub.applyBatch(ann, id, lines(add("in", hidden))))).toBe("none");
    expect(await codeOf(fixture.hub.listBuckets(ANONYMOUS, { namespace: "me" }))).toBe("Unauthorized");
  });
});

describe("batches", () => {
  test("updatedAt grows with every change, even when the clock stands still", async () => {
    const id = await newBucket("ann/clock");
    let last = (await fixture.hub.getBucket(ann, id)).updatedAt;
    for (let n = 0; n < 3; n++) {
      await fixture.hub.applyBatch(ann, id, lines(add("same")));
      const { updatedAt } = await fixture.hub.getBucket(ann, id);
      expect(updatedAt).toBeGreaterThan(last);
      expect(await fixture.hub.getFile(ann, id, "same")).toMatchObject({ uploadedAt: updatedAt, mtime: updatedAt });
      last = updatedAt;
    }
  });

  test("writers at once: nothing is lost, figures add up", async () => {
    const id = await newBucket("ann/crowd");
    await Promise.all(
      Array.from({ length: 12 }, (_, n) =>
        fixture.hub.applyBatch(ann, id, lines(add(`d/${n % 4}/${n}`), add(`d/${n}`, contents[1]))),
      ),
    );
    expect(await fixture.hub.getBucket(ann, id)).toMatchObject({ files: 24, size: 12 * 30 });
    expect(await fixture.hub.getFolder(ann, id, "d")).toMatchObject({ files: 24, size: 12 * 30 });
    const details = await fixture.hub.getBucketDetails(ann, id);
    expect(await fixture.hub.findUploader(ann, id, "d/0")).toBe("ann");
    expect(await fixture.hub.findUploader(ann, id, "d/nowhere")).toBeNull();
    expect(details.contributors).toEqual([expect.objectContaining({ name: "ann", files: 24 })]);
  });

  test("ten thousand lines of all kinds, and the limit", async () => {
    const id = await newBucket("ann/large");
    const many = Array.from({ length: 10_000 }, (_, n) => add(`d${n % 100}/f${n}`, contents[n % 2]));
    expect(await fixture.hub.applyBatch(ann, id, lines(...many))).toMatchObject({ succeeded: 10_000 });
    expect(await fixture.hub.getBucket(ann, id)).toMatchObject({ files: 10_000, size: 150_000 });
    const gone = many.map(({ path }): BucketOperation => ({ type: "deleteFile", path }));
    expect(await fixture.hub.applyBatch(ann, id, lines(...gone))).toMatchObject({ succeeded: 10_000 });
    expect((await fixture.hub.listTree(ann, id, { ...TREE, recursive: false })).items).toEqual([]);
    async function* endless() {
      for (;;) yield add("x");
    }
    expect(await codeOf(fixture.hub.applyBatch(ann, id, endless()))).toBe("PayloadTooLarge");
    async function* slashes() {
      for (let n = 0; n < 3000; n++) yield add(`${n}/${"a/".repeat(400)}x`);
    }
    expect(await codeOf(fixture.hub.applyBatch(ann, id, slashes()))).toBe("PayloadTooLarge");
    expect(await fixture.hub.getBucket(ann, id)).toMatchObject({ files: 0, size: 0 });
  });

  test("a body that stops half way changes nothing", async () => {
    const id = await newBucket("ann/half");
    async function* broken() {
      yield add("a");
      throw new Error("the client left");
    }
    await expect(fixture.hub.applyBatch(ann, id, broken())).rejects.toThrow("the client left");
    expect((await fixture.hub.listTree(ann, id, TREE)).items).toEqual([]);
  });

  test("odd paths are kept to the byte, bad ones refused", async () => {
    const id = await newBucket("ann/odd");
    const odd = [
      "é",
      "e\u0301",
      "a b",
      "%2F",
      "%252F",
      "a+b",
      "#",
      "?",
      "a\tb",
      "\u{1F600}/\u202E",
      "x".repeat(1024),
      ".hidden",
      "a..b",
      "...",
    ];
    await fixture.hub.applyBatch(ann, id, lines(...odd.map((path) => add(path))));
    const listed = (await fixture.hub.listTree(ann, id, TREE)).items.map((item) => item.path);
    expect(listed.sort()).toEqual([...odd].sort());
    for (const path of odd) expect((await fixture.hub.getFile(ann, id, path)).path).toBe(path);
    const bad = [
      "",
      "/a",
      "a/",
      "a//b",
      ".",
      "..",
      "a/../b",
      "./a",
      "a/.",
      "a\\b",
      "a\0b",
      "x".repeat(1025),
      "é".repeat(513),
      "\ud800",
      "y".repeat(4000),
    ];
    for (const path of bad) {
      const line = parseOperation(JSON.stringify({ type: "addFile", path, xetHash: ZERO_HASH }), 1);
      expect(await codeOf(fixture.hub.applyBatch(ann, id, lines(line))), JSON.stringify(path.slice(0, 20))).toBe(
        "BatchFailed",
      );
      expect(["EntryNotFound"]).toContain(await codeOf(fixture.hub.getFile(ann, id, path)));
    }
  });

  test("a failed line names the reason and hides whether content exists", async () => {
    const id = await newBucket("ann/reasons");
    const secret = contentOf("known to ann alone", 9);
    await fixture.prove(id, [secret]);
    await fixture.hub.applyBatch(ann, id, lines(add("s", secret)));
    const bob = await fixture.user("bob");
    await fixture.hub.createBucket(bob, "bob/own", { visibility: "private" });
    const known = await fixture.hub.applyBatch(bob, "bob/own", lines(add("x", secret))).catch((error) => error);
    const unknown = await fixture.hub
      .applyBatch(bob, "bob/own", lines({ type: "addFile", path: "x", xetHash: "cd".repeat(32) }))
      .catch((error) => error);
    expect(known.details.failed).toEqual(unknown.details.failed);
    const copy = (sourceRepoId: string): BucketOperation => ({
      type: "copyFile",
      path: "x",
      xetHash: secret.xetHash,
      sourceRepoType: "bucket",
      sourceRepoId,
    });
    const hidden = await fixture.hub.applyBatch(bob, "bob/own", lines(copy(id))).catch((error) => error);
    const missing = await fixture.hub.applyBatch(bob, "bob/own", lines(copy("ann/missing"))).catch((error) => error);
    expect(hidden.details.failed[0].error).toBe(missing.details.failed[0].error.replace("ann/missing", id));
  });
});

test("a deleted bucket is gone at once; its rows go in pieces, also after a restart", async () => {
  const id = await newBucket("ann/doomed", ann, "public");
  const many = Array.from({ length: 5000 }, (_, n) => add(`f/${n}`, contents[n % 2]));
  await fixture.hub.applyBatch(ann, id, lines(...many));
  const row = await fixture.db.read
    .selectFrom("buckets")
    .select("id")
    .where("name", "=", "doomed")
    .executeTakeFirstOrThrow();
  await fixture.hub.deleteBucket(ann, id);
  expect(await codeOf(fixture.hub.getBucket(ann, id))).toBe("RepoNotFound");
  expect((await fixture.hub.listBuckets(ann, {})).items.map((item) => item.id)).not.toContain(id);
  expect(await codeOf(fixture.hub.listBuckets(ann, { namespace: "~" }))).toBe("NotFound");
  expect(await codeOf(fixture.hub.getBucket(ann, `~/~${row.id}`))).toBe("RepoNotFound");
  // The name is free while the old rows still go.
  await fixture.hub.createBucket(ann, id, {});
  // Stopped in the middle, as by a restart; the next Hub on this database goes on.
  await fixture.hub.close();
  const waiting = await fixture.db.read.selectFrom("buckets").select("id").where("id", "=", row.id).execute();
  expect(waiting).toEqual([{ id: row.id }]);
  const again = createEmbeddedHub({
    db: fixture.db,
    content: null as never,
    clock: Date.now,
    log: { error: console.error },
  });
  await again.purged();
  await again.close();
  for (const table of ["entries", "file_buckets", "xorb_buckets", "file_proofs", "contributors"]) {
    const left = await sql<{
      n: number;
    }>`select count(*) as n from ${sql.table(table)} where bucket_id = ${row.id}`.execute(fixture.db.read);
    expect([table, left.rows[0]?.n]).toEqual([table, 0]);
  }
  expect(await fixture.hub.getBucket(ann, id)).toMatchObject({ files: 0 });
});
