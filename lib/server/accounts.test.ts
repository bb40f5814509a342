import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { isName } from "#lib/core/bucket/id.ts";
import { defaultUserName } from "./accounts/people.ts";
import { type Accounts, createAccounts } from "./accounts.ts";
import type { Database } from "./db/db.ts";
import { openDatabase } from "./db/sqlite.ts";

const HOUR = 3600_000;
let folder: string;
let db: Database;
let now: number;
let accounts: Accounts;
const clock = () => now;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "cooperage-accounts-"));
  db = await openDatabase({ file: join(folder, "a.sqlite") });
  now = Date.parse("2026-06-01T00:00:00Z");
  accounts = createAccounts({ db, secret: "0123456789abcdef", clock, passwordCost: { N: 1024, r: 8, p: 1 } });
});

afterEach(async () => {
  await db.close();
  await rm(folder, { recursive: true });
});

test("the first start makes one account, its token and a link; later starts make nothing", async () => {
  const first = await accounts.ensureFirstAccount();
  expect(first?.token).toMatch(/^hf_[A-Za-z]{37}$/);
  expect((await accounts.actorFromToken(first!.token))?.account).toEqual(first!.account);
  expect((await accounts.signInWithLink(first!.code)).account).toEqual(first!.account);
  expect(await accounts.ensureFirstAccount()).toBeNull();
  expect(isName(defaultUserName())).toBe(true);
});

test("names: the Hub's rule, underscores at the ends, no twins by case, no 'me'", async () => {
  expect((await accounts.createUser("__DUMMY_HUB_USER__")).name).toBe("__DUMMY_HUB_USER__");
  await expect(accounts.createUser("__dummy_hub_user__")).rejects.toMatchObject({ code: "Conflict" });
  await expect(accounts.createOrg("__Dummy_Hub_User__")).rejects.toMatchObject({ code: "Conflict" });
  for (const name of ["me", "ME", "-a", "a..b", "a/b", "~", "", "x".repeat(97)]) {
    await expect(accounts.createUser(name)).rejects.toMatchObject({ code: "BadRequest" });
  }
});

test("tokens: brought along, limited, expired, revoked by another process", async () => {
  const ann = await accounts.createUser("ann");
  const { info } = await accounts.issueToken(ann, {
    value: "hf_hub.js",
    role: "read",
    scope: "ann/data",
    expiresAt: now + HOUR,
    label: "notebook",
  });
  expect(await accounts.actorFromToken("hf_hub.js")).toMatchObject({
    account: { name: "ann" },
    role: "read",
    scope: { namespace: "ann", bucket: "data" },
    token: { id: info.id, label: "notebook" },
  });
  expect(info).toMatchObject({ hint: "b.js", scope: "ann/data" });
  await expect(accounts.issueToken(ann, { value: "hf_hub.js" })).rejects.toMatchObject({ code: "Conflict" });
  await expect(accounts.issueToken(ann, { scope: "ann/data/logs" })).rejects.toMatchObject({ code: "BadRequest" });
  await expect(accounts.issueToken(ann, { value: "api_1234567" })).rejects.toMatchObject({ code: "BadRequest" });
  expect(await accounts.actorFromToken("hf_other")).toBeNull();
  now += HOUR;
  expect(await accounts.actorFromToken("hf_hub.js")).toBeNull();

  const { token, info: lasting } = await accounts.issueToken(ann, {});
  expect(await accounts.actorFromToken(token)).not.toBeNull();
  const admin = await openDatabase({ file: join(folder, "a.sqlite") });
  await createAccounts({ db: admin, secret: "another secret!!", clock }).revokeAnyToken(lasting.id);
  await admin.close();
  expect(await accounts.actorFromToken(token)).toBeNull();
  expect(await accounts.listTokensOf(ann)).toHaveLength(1);
});

test("nothing in the database reads as a token, a cookie, a code or a password", async () => {
  const ann = await accounts.createUser("ann", { password: "correct horse" });
  const { token } = await accounts.issueToken(ann, {});
  const { code } = await accounts.createLink(ann);
  const { cookie } = await accounts.createSession({ account: ann, tokenId: null }, "test");
  const upstream = await accounts.createUpstreamSession("hf_upstreamsecret", "ann");
  const dump: string[] = [];
  for (const table of ["namespaces", "tokens", "sessions", "links"] as const) {
    for (const row of await db.read.selectFrom(table).selectAll().execute()) {
      for (const value of Object.values(row)) {
        dump.push(value instanceof Uint8Array ? Buffer.from(value).toString("latin1") : String(value));
      }
    }
  }
  const text = dump.join("\n");
  for (const secret of [token, code, cookie, upstream.cookie, "hf_upstreamsecret", "correct horse"]) {
    expect(text).not.toContain(secret);
  }
});

test("passwords: right, wrong, none, and too many wrong ones", async () => {
  await accounts.createUser("Ann", { password: "correct horse" });
  await accounts.createUser("bob");
  expect((await accounts.signIn("ann", "correct horse")).account.name).toBe("Ann");
  for (const [name, password] of [
    ["ann", "correct hors"],
    ["bob", ""],
    ["nobody", "correct horse"],
  ]) {
    await expect(accounts.signIn(name!, password!)).rejects.toMatchObject({
      code: "Unauthorized",
      message: "Name or password is wrong.",
    });
  }
  for (let i = 0; i < 9; i++) await accounts.signIn("ann", "no").catch(() => {});
  await expect(accounts.signIn("ann", "correct horse")).rejects.toMatchObject({ code: "TooManyRequests" });
  now += 6 * 60_000;
  expect((await accounts.signIn("ann", "correct horse")).account.name).toBe("Ann");
  await expect(accounts.createUser("eve", { password: "short" })).rejects.toMatchObject({ code: "BadRequest" });
}, 30_000);

test("a session of a password may manage the account; one of a token may do what the token may", async () => {
  const ann = await accounts.createUser("ann");
  const full = await accounts.createSession({ account: ann, tokenId: null }, "Firefox");
  const owner = (await accounts.actorFromSession(full.cookie))!;
  expect(owner).toMatchObject({ role: "admin", scope: null, token: null });
  const { token, info } = await accounts.createToken(owner, { role: "read", scope: "ann" });

  const limited = await accounts.createSession(await accounts.signInWithToken(token), "Chromium");
  const guest = (await accounts.actorFromSession(limited.cookie))!;
  expect(guest).toMatchObject({ account: { name: "ann" }, role: "read", scope: { namespace: "ann", bucket: null } });
  await expect(accounts.createToken(guest, { role: "admin" })).rejects.toMatchObject({ code: "Forbidden" });
  await expect(accounts.setPassword(guest, { next: "long enough" }, null)).rejects.toMatchObject({ code: "Forbidden" });

  expect((await accounts.listSessions(owner, full.cookie)).map((s) => [s.userAgent, s.current])).toEqual(
    expect.arrayContaining([
      ["Firefox", true],
      ["Chromium", false],
    ]),
  );
  await accounts.revokeToken(owner, info.id);
  expect(await accounts.actorFromSession(limited.cookie)).toBeNull();
  await accounts.endSession(full.cookie);
  expect(await accounts.actorFromSession(full.cookie)).toBeNull();
  now += 40 * 24 * HOUR;
  expect(await accounts.actorFromSession(full.cookie)).toBeNull();
});

test("others' tokens and sessions cannot be ended", async () => {
  const [ann, bob] = [await accounts.createUser("ann"), await accounts.createUser("bob")];
  const { info } = await accounts.issueToken(ann, {});
  const session = await accounts.createSession({ account: ann, tokenId: null }, "");
  const annActor = (await accounts.actorFromSession(session.cookie))!;
  const id = (await accounts.listSessions(annActor, null))[0]!.id;
  const bobActor = { ...annActor, account: bob };
  await expect(accounts.revokeToken(bobActor, info.id)).rejects.toMatchObject({ code: "NotFound" });
  await expect(accounts.endSessionById(bobActor, id)).rejects.toMatchObject({ code: "NotFound" });
  await accounts.endSessionById(annActor, id);
  expect(await accounts.actorFromSession(session.cookie)).toBeNull();
});

test("a new password ends the other sessions and asks for the old one", async () => {
  const ann = await accounts.createUser("ann");
  const [kept, other] = [
    await accounts.createSession({ account: ann, tokenId: null }, ""),
    await accounts.createSession({ account: ann, tokenId: null }, ""),
  ];
  const actor = (await accounts.actorFromSession(kept.cookie))!;
  await accounts.setPassword(actor, { next: "long enough" }, kept.cookie);
  expect(await accounts.actorFromSession(kept.cookie)).not.toBeNull();
  expect(await accounts.actorFromSession(other.cookie)).toBeNull();
  await expect(accounts.setPassword(actor, { next: "another one" }, null)).rejects.toMatchObject({ code: "Forbidden" });
  await accounts.setPassword(actor, { current: "long enough", next: "another one" }, null);
});

test("links work once, for an hour", async () => {
  const ann = await accounts.createUser("ann");
  const [used, old] = [await accounts.createLink(ann), await accounts.createLink(ann)];
  await accounts.signInWithLink(used.code);
  await expect(accounts.signInWithLink(used.code)).rejects.toMatchObject({ code: "Gone" });
  now += HOUR + 1;
  await expect(accounts.signInWithLink(old.code)).rejects.toMatchObject({ code: "Gone" });
  await expect(accounts.signInWithLink("x")).rejects.toMatchObject({ code: "Gone" });
});

test("over an upstream Hub a session carries its token, and a bearer token is passed on", async () => {
  const upstream = createAccounts({ db, secret: "0123456789abcdef", clock, upstream: "https://hub.example" });
  const { cookie } = await upstream.createUpstreamSession("hf_theirs", "ann");
  expect(await upstream.actorFromSession(cookie)).toMatchObject({
    account: { name: "ann" },
    upstreamToken: "hf_theirs",
  });
  expect(await upstream.actorFromToken("hf_another")).toMatchObject({ upstreamToken: "hf_another" });
  const other = createAccounts({ db, secret: "a different secret", clock, upstream: "https://hub.example" });
  expect(await other.actorFromSession(cookie)).toBeNull();
});
