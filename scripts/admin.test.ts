import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createAccounts } from "#lib/server/accounts.ts";
import { openDatabase } from "#lib/server/db/sqlite.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "cooperage-admin-"));
});
afterAll(() => rm(folder, { recursive: true }));

interface Ended {
  code: number;
  out: string;
  err: string;
}

function admin(args: string[], input = ""): Promise<Ended> {
  return new Promise((resolve) => {
    const env = { ...process.env, DATA_DIR: folder };
    const script = join(import.meta.dirname, "admin.ts");
    const child = execFile(process.execPath, [script, ...args], { env }, (error, out, err) =>
      resolve({ code: error === null ? 0 : Number(error.code), out, err }),
    );
    child.stdin?.end(input);
  });
}

test("people, tokens and links, as the server sees them", async () => {
  expect(
    await admin(["user", "create", "__ann__", "--email", "ann@example.org", "--password-stdin"], "correct horse\n"),
  ).toEqual({
    code: 0,
    out: "User __ann__ created.\n",
    err: "",
  });
  expect((await admin(["org", "create", "guild", "--private-by-default"])).code).toBe(0);
  expect((await admin(["org", "add", "guild", "__ann__", "--role", "write", "--json"])).out).toBe(
    '{"org":"guild","user":"__ann__","role":"write"}\n',
  );
  const made = await admin([
    "token",
    "create",
    "__ann__",
    "--role",
    "read",
    "--scope",
    "guild/data",
    "--expires",
    "30d",
    "--label",
    "ci",
  ]);
  expect(made.out).toMatch(/^hf_[A-Za-z]{37}\n$/);
  const list = JSON.parse((await admin(["token", "list", "__ann__", "--json"])).out);
  expect(list).toEqual([
    expect.objectContaining({ role: "read", scope: "guild/data", label: "ci", hint: made.out.trim().slice(-4) }),
  ]);
  const link = (await admin(["link", "create", "__ann__"])).out.trim();

  const db = await openDatabase({ file: join(folder, "cooperage.db") });
  try {
    const accounts = createAccounts({ db, secret: "", clock: Date.now });
    const { password } = await db.read
      .selectFrom("namespaces")
      .select("password")
      .where("name", "=", "__ann__")
      .executeTakeFirstOrThrow();
    expect(password).toMatch(/^scrypt:32768\.8\.3:/);
    expect(await accounts.actorFromToken(made.out.trim())).toMatchObject({
      role: "read",
      scope: { namespace: "guild", bucket: "data" },
    });
    expect((await accounts.signIn("__ann__", "correct horse")).account.email).toBe("ann@example.org");
    expect((await accounts.signInWithLink(new URL(link).searchParams.get("code")!)).account.name).toBe("__ann__");
    // Revoked while this process has the database open.
    expect((await admin(["token", "revoke", list[0].id])).code).toBe(0);
    expect(await accounts.actorFromToken(made.out.trim())).toBeNull();
  } finally {
    await db.close();
  }
}, 60_000);

test("mistakes end in one line and a code: 1 for a refusal, 2 for a wrong command", async () => {
  expect((await admin(["user", "create", "bob"])).code).toBe(0);
  for (const [code, words, args] of [
    [1, "There is no user 'nobody'.", ["token", "create", "nobody"]],
    [
      1,
      "A scope by prefix is not offered yet: use NAMESPACE or NAMESPACE/BUCKET.",
      ["token", "create", "bob", "--scope", "a/b/c"],
    ],
    [1, "There is no token 'x'.", ["token", "revoke", "x"]],
    [2, "--role holds 'boss'; it may hold read, propose, write, admin.", ["token", "create", "bob", "--role", "boss"]],
    [
      2,
      "--expires holds 'soon'; it may hold a time like 30d, 12h or 2027-01-31.",
      ["token", "create", "bob", "--expires", "soon"],
    ],
    [2, "'user create' takes 1 name, not 0.", ["user", "create"]],
    [2, "'user create' knows no --role.", ["user", "create", "x", "--role", "read"]],
  ] as const) {
    expect(await admin([...args])).toEqual({ code, out: "", err: `${words}\n` });
  }
  expect((await admin(["user", "create", "a..b"])).err).toMatch(/^Invalid name "a\.\.b": use .+\n$/);
}, 60_000);
