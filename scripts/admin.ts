/** `npm run admin -- ...`: accounts and tokens, also while the server runs (both have the database open). */
import { readFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { type ParseArgsConfig, parseArgs } from "node:util";
import { formatTime } from "#lib/core/bucket/entry.ts";
import { isHubError } from "#lib/core/errors.ts";
import type { TokenInfo } from "#lib/server/accounts/tokens.ts";
import { type Accounts, createAccounts } from "#lib/server/accounts.ts";
import { openDatabase } from "#lib/server/db/sqlite.ts";
import { EnvError, readEnv } from "#lib/server/env.ts";
import type { MemberRole, TokenRole } from "#lib/server/hub/actor.ts";
import { runningServer } from "#lib/server/lock.ts";

const USAGE = `Usage: npm run admin -- COMMAND [--json]

  user create NAME [--email E] [--full-name N] [--password-stdin]
  user password NAME --password-stdin                   sets a new password, ends the user's sessions
  org create NAME [--full-name N] [--private-by-default]
  org add ORG USER --role read|contributor|write|admin
  token create USER [--role read|propose|write|admin] [--scope NAMESPACE[/BUCKET]] [--expires 30d]
                    [--label L] [--value hf_...]        prints the token alone; the role is write unless said
  token list USER
  token revoke ID
  link create USER                                      a link that signs in once, within an hour
`;

const MEMBER_ROLES: MemberRole[] = ["read", "contributor", "write", "admin"];
const TOKEN_ROLES: TokenRole[] = ["read", "propose", "write", "admin"];

const OPTIONS = {
  json: { type: "boolean" },
  email: { type: "string" },
  "full-name": { type: "string" },
  "password-stdin": { type: "boolean" },
  "private-by-default": { type: "boolean" },
  role: { type: "string" },
  scope: { type: "string" },
  expires: { type: "string" },
  label: { type: "string" },
  value: { type: "string" },
  help: { type: "boolean", short: "h" },
} as const satisfies ParseArgsConfig["options"];

type Options = ReturnType<typeof readArguments>["values"];

class UsageError extends Error {}

/** What a command says: lines for people, a value for `--json`. */
interface Answer {
  text: string;
  json: unknown;
}

interface Command {
  /** Number of arguments after the two words of its name. */
  arguments: number;
  options: (keyof Options)[];
  run(accounts: Accounts, names: string[], options: Options, dataDir: string): Promise<Answer>;
}

const COMMANDS: Record<string, Command> = {
  "user create": {
    arguments: 1,
    options: ["email", "full-name", "password-stdin"],
    async run(accounts, [name = ""], options) {
      const password = options["password-stdin"] ? readPassword() : undefined;
      const account = await accounts.createUser(name, {
        fullName: options["full-name"],
        email: options.email,
        password,
      });
      return { text: `User ${account.name} created.`, json: { ...account, type: "user" } };
    },
  },
  "user password": {
    arguments: 1,
    options: ["password-stdin"],
    async run(accounts, [name = ""], options) {
      if (!options["password-stdin"])
        throw new UsageError("Give the password on standard input, with --password-stdin.");
      const account = await accounts.findUser(name);
      await accounts.resetPassword(account, readPassword());
      return { text: `Password of ${account.name} set.`, json: account };
    },
  },
  "org create": {
    arguments: 1,
    options: ["full-name", "private-by-default"],
    async run(accounts, [name = ""], options) {
      const privateByDefault = options["private-by-default"] ?? false;
      const account = await accounts.createOrg(name, { fullName: options["full-name"], privateByDefault });
      return { text: `Organization ${account.name} created.`, json: { ...account, type: "org", privateByDefault } };
    },
  },
  "org add": {
    arguments: 2,
    options: ["role"],
    async run(accounts, [org = "", user = ""], options) {
      if (options.role === undefined) throw new UsageError(`Say the role: --role ${MEMBER_ROLES.join("|")}.`);
      const role = oneOf(options.role, MEMBER_ROLES, "--role");
      await accounts.addMember(org, user, role);
      return { text: `${user} is now a member of ${org} with the role ${role}.`, json: { org, user, role } };
    },
  },
  "token create": {
    arguments: 1,
    options: ["role", "scope", "expires", "label", "value"],
    async run(accounts, [user = ""], { role, scope, expires, label, value }) {
      const account = await accounts.findUser(user);
      const { token, info } = await accounts.issueToken(account, {
        role: role === undefined ? "write" : oneOf(role, TOKEN_ROLES, "--role"),
        expiresAt: expires === undefined ? null : parseExpiry(expires),
        scope,
        label,
        value,
      });
      return { text: token, json: { token, ...tokenJson(info) } };
    },
  },
  "token list": {
    arguments: 1,
    options: [],
    async run(accounts, [user = ""]) {
      const tokens = await accounts.listTokensOf(await accounts.findUser(user));
      const day = (ms: number | null) => (ms === null ? "never" : formatTime(ms).slice(0, 10));
      const rows = tokens.map((info) =>
        [
          info.id,
          `...${info.hint}`,
          info.role,
          info.scope ?? "everything",
          `expires ${day(info.expiresAt)}`,
          `used ${day(info.lastUsedAt)}`,
          info.label,
        ]
          .join("  ")
          .trimEnd(),
      );
      return { text: rows.length === 0 ? "No tokens." : rows.join("\n"), json: tokens.map(tokenJson) };
    },
  },
  "token revoke": {
    arguments: 1,
    options: [],
    async run(accounts, [id = ""]) {
      await accounts.revokeAnyToken(id);
      return { text: `Token ${id} revoked.`, json: { id, revoked: true } };
    },
  },
  "link create": {
    arguments: 1,
    options: [],
    async run(accounts, [user = ""], _, dataDir) {
      const { code, expiresAt } = await accounts.createLink(await accounts.findUser(user));
      const { PUBLIC_URL, HOST, PORT } = readEnv();
      const address = PUBLIC_URL ?? runningServer(dataDir) ?? `http://${HOST}:${PORT}`;
      const url = `${address}/sign-in?code=${code}`;
      return { text: url, json: { url, code, expiresAt: formatTime(expiresAt) } };
    },
  },
};

function tokenJson(info: TokenInfo) {
  const time = (ms: number | null) => (ms === null ? null : formatTime(ms));
  return {
    ...info,
    createdAt: time(info.createdAt),
    expiresAt: time(info.expiresAt),
    lastUsedAt: time(info.lastUsedAt),
  };
}

function oneOf<T extends string>(text: string, choices: readonly T[], what: string): T {
  const found = choices.find((choice) => choice === text);
  if (found === undefined) throw new UsageError(`${what} holds '${text}'; it may hold ${choices.join(", ")}.`);
  return found;
}

const UNITS: Record<string, number> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 7 * 86_400_000 };

/** `30d`, `12h`, ... from now, or a date; ms since the epoch. */
function parseExpiry(text: string): number {
  const [, count, unit] = /^(\d{1,6})([smhdw])$/.exec(text) ?? [];
  const time =
    unit === undefined
      ? /^\d{4}-\d{2}-\d{2}/.test(text)
        ? Date.parse(text)
        : Number.NaN
      : Date.now() + Number(count) * UNITS[unit]!;
  if (Number.isNaN(time))
    throw new UsageError(`--expires holds '${text}'; it may hold a time like 30d, 12h or 2027-01-31.`);
  return time;
}

/** The first line of standard input. */
function readPassword(): string {
  const [line = ""] = readFileSync(0, "utf8").split(/\r?\n/, 1);
  if (line === "") throw new UsageError("No password came on standard input.");
  return line;
}

function readArguments() {
  try {
    return parseArgs({ options: OPTIONS, allowPositionals: true });
  } catch (error) {
    throw new UsageError((error as Error).message.split(". ")[0], { cause: error });
  }
}

async function main(): Promise<void> {
  const { values, positionals } = readArguments();
  const name = positionals.slice(0, 2).join(" ");
  if (values.help || name === "") return void process.stdout.write(USAGE);
  const command = COMMANDS[name];
  if (command === undefined)
    throw new UsageError(`Unknown command '${name}'. Commands: ${Object.keys(COMMANDS).join(", ")}.`);
  const names = positionals.slice(2);
  if (names.length !== command.arguments) {
    throw new UsageError(
      `'${name}' takes ${command.arguments} name${command.arguments === 1 ? "" : "s"}, not ${names.length}.`,
    );
  }
  for (const option of Object.keys(values) as (keyof Options)[]) {
    if (option !== "json" && !command.options.includes(option)) throw new UsageError(`'${name}' knows no --${option}.`);
  }
  const { DATA_DIR } = readEnv();
  await mkdir(DATA_DIR, { recursive: true, mode: 0o700 });
  const db = await openDatabase({ file: join(DATA_DIR, "cooperage.db") });
  try {
    // Nothing is sealed here, so the server's secret is not needed.
    const accounts = createAccounts({ db, secret: "", clock: Date.now });
    const { text, json } = await command.run(accounts, names, values, DATA_DIR);
    process.stdout.write(`${values.json ? JSON.stringify(json) : text}\n`);
  } finally {
    await db.close();
  }
}

try {
  await main();
} catch (error) {
  const usage = error instanceof UsageError || error instanceof EnvError;
  // A folder that cannot be made, a file that is no database: said in one line too.
  const system = typeof (error as NodeJS.ErrnoException).code === "string";
  if (!usage && !system && !isHubError(error)) throw error;
  process.stderr.write(`${(error as Error).message}\n`);
  process.exitCode = usage ? 2 : 1;
}
