/** Virtual environments with the Python clients, under .venv/, made anew when their requirements change. */
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { access, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export type Client = "newest" | "oldest";

export interface Venv {
  /** The folder with `python`, `hf`, `pytest`. */
  bin: string;
}

/** The clients cannot be had on this machine now: no Python, or its package index does not answer. */
export class NoPython extends Error {}

/** Exit code of a run that could not begin here, so that callers can count it as skipped. */
export const SKIPPED = 77;

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
/** What pip says when the index is out of reach, as against a requirement that cannot be met. */
const OUT_OF_REACH =
  /NewConnectionError|ConnectionError|Connection (?:refused|reset|aborted)|Name or service not known|name resolution|timed out|unreachable|ProxyError|SSLError/i;

/** Ready when it resolves; a moment if it is fresh. Throws NoPython, or Error with pip's own words. */
export async function ensureVenv(client: Client): Promise<Venv> {
  const requirements = join(ROOT, "scripts/python", `requirements-${client}.txt`);
  const digest = createHash("sha256")
    .update(await readFile(requirements))
    .digest("hex")
    .slice(0, 12);
  const folder = join(ROOT, ".venv", `${client}-${digest}`);
  const bin = join(folder, process.platform === "win32" ? "Scripts" : "bin");
  const mark = join(folder, "complete");
  await mkdir(join(ROOT, ".venv"), { recursive: true });
  const unlock = await lock(join(ROOT, ".venv", `${client}.lock`));
  try {
    if (await exists(mark)) return { bin };
    for (const old of await readdir(join(ROOT, ".venv"))) {
      if (old.startsWith(`${client}-`)) await rm(join(ROOT, ".venv", old), { recursive: true, force: true });
    }
    await makeVenv(folder);
    const pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input", "-r", requirements];
    const { code, output } = await run(join(bin, "python"), pip);
    if (code !== 0) {
      const message = `pip could not install ${requirements}:\n${output.trim()}`;
      throw OUT_OF_REACH.test(output) ? new NoPython(message) : new Error(message);
    }
    await writeFile(mark, "");
    return { bin };
  } finally {
    await unlock();
  }
}

/** Two runs at once would take each other's half-made folder for a stale one. Returns the release. */
async function lock(file: string): Promise<() => Promise<void>> {
  for (;;) {
    try {
      await writeFile(file, String(process.pid), { flag: "wx" });
      return () => rm(file, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
      const holder = Number(await readFile(file, "utf8").catch(() => "0"));
      if (holder > 0 && !isRunning(holder)) await rm(file, { force: true });
      else await new Promise((resolve) => setTimeout(resolve, 500));
    }
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function makeVenv(folder: string): Promise<void> {
  const python = process.env.PYTHON ?? "python3";
  const version = await run(python, ["-c", "import sys; print(*sys.version_info[:2])"]);
  if (version.code !== 0) throw new NoPython(`${python} does not run: ${version.output.trim()}`);
  const [major, minor] = version.output.trim().split(" ").map(Number);
  if (major! < 3 || minor! < 11) throw new NoPython(`${python} is ${major}.${minor}; the clients need 3.11 or newer.`);
  let made = await run(python, ["-m", "venv", folder]);
  if (made.code !== 0 && process.getuid?.() === 0 && (await run("apt-get", ["--version"])).code === 0) {
    // Debian keeps venv's installer in a package of its own.
    await run("apt-get", ["update", "-qq"]);
    await run("apt-get", ["install", "-qq", "-y", "--no-install-recommends", "python3-venv"]);
    made = await run(python, ["-m", "venv", "--clear", folder]);
  }
  if (made.code !== 0) throw new NoPython(`${python} -m venv failed: ${made.output.trim()}`);
}

async function run(command: string, args: string[]): Promise<{ code: number | null; output: string }> {
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (data) => {
      output += data;
    });
  }
  const failed = new Promise<{ code: null }>((resolve) => {
    child.once("error", (error) => {
      output += error.message;
      resolve({ code: null });
    });
  });
  const ended = once(child, "close").then(([code]) => ({ code: code as number | null }));
  const { code } = await Promise.race([failed, ended]);
  return { code, output };
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

/** Own homes and caches for a client, so that it neither reads nor leaves anything of the person who runs the tests. */
export function clientEnv(home: string, endpoint: string, token: string): Record<string, string> {
  return {
    HOME: home,
    HF_HOME: join(home, "hf"),
    HF_XET_CACHE: join(home, "xet"),
    HF_ENDPOINT: endpoint,
    HF_TOKEN: token,
    HF_HUB_DISABLE_UPDATE_CHECK: "1",
    HF_HUB_DISABLE_TELEMETRY: "1",
    HF_HUB_DISABLE_PROGRESS_BARS: "1",
    DO_NOT_TRACK: "1",
    PYTHONDONTWRITEBYTECODE: "1",
    NO_COLOR: "1",
    NO_PROXY: "127.0.0.1,localhost",
  };
}
