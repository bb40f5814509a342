/** A production server for a suite: a process of its own with its own DATA_DIR and port, ended by its id. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { runProgram } from "./run-program.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
/** A cold start on a busy machine, ms. */
const START_MS = 90_000;
/** design/operating.md promises 30 s for a graceful stop; ms. */
const STOP_MS = 35_000;
/** What the servers of the suites sign with, for scripts that work beside one. */
export const SUITE_SECRET = "a secret of the test suites only";

export interface ServerOptions {
  /** Default: a new temporary folder, removed by `stop`. */
  dataDir?: string;
  port?: number;
  env?: Record<string, string>;
  /** false leaves the pages out: needs no build and starts sooner. */
  pages?: boolean;
}

export interface TestServer {
  url: string;
  port: number;
  pid: number;
  dataDir: string;
  /** All that the process wrote so far. */
  output(): string;
  /** `npm run admin -- ...args`; resolves to its standard output, trimmed. */
  admin(args: string[], input?: string): Promise<string>;
  /** SIGTERM and a clean exit; throws when it was not clean. Removes a DATA_DIR that it made. */
  stop(): Promise<void>;
  /** SIGKILL: what a power cut leaves behind. Keeps DATA_DIR. */
  kill(): Promise<void>;
}

export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const address = probe.address();
  probe.close();
  await once(probe, "close");
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}

/** Runs a script of this project to its end. Throws with its error output when it fails. */
export async function runScript(
  script: string,
  args: string[],
  options: { env?: Record<string, string>; input?: string } = {},
): Promise<string> {
  const out = await runProgram(`${script} ${args.join(" ")}`, process.execPath, [join(ROOT, script), ...args], {
    cwd: ROOT,
    // As the server does for itself: a suite runs dozens of scripts.
    env: { NODE_COMPILE_CACHE: join(ROOT, ".build/compile-cache"), ...process.env, ...options.env },
    input: options.input,
  });
  return out.trim();
}

export async function startServer(options: ServerOptions = {}): Promise<TestServer> {
  const dataDir = options.dataDir ?? (await mkdtemp(join(tmpdir(), "cooperage-e2e-")));
  const port = options.port ?? (await freePort());
  const url = `http://127.0.0.1:${port}`;
  const env: Record<string, string> = {
    NODE_ENV: "production",
    LOG_LEVEL: "warn",
    SESSION_SECRET: SUITE_SECRET,
    ...options.env,
    PORT: String(port),
    DATA_DIR: dataDir,
  };
  const child = spawn(process.execPath, ["server.ts", ...(options.pages === false ? ["--api-only"] : [])], {
    cwd: ROOT,
    env: { ...process.env, ...env } as NodeJS.ProcessEnv,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const exited = once(child, "exit");
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (data) => {
      output += data;
    });
  }

  async function ready(): Promise<void> {
    const deadline = Date.now() + START_MS;
    while (child.exitCode === null && child.signalCode === null) {
      const answer = await fetch(`${url}/api/ready`).catch(() => null);
      await answer?.body?.cancel();
      if (answer?.ok) return;
      if (Date.now() > deadline) break;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    child.kill("SIGKILL");
    await exited;
    throw new Error(`The server did not get ready:\n${output}`);
  }
  await ready();

  return {
    url,
    port,
    dataDir,
    pid: child.pid!,
    output: () => output,
    admin: (args, input) => runScript("scripts/admin.ts", args, { env, input }),
    async stop() {
      const code = await end(child, exited);
      if (options.dataDir === undefined) await rm(dataDir, { recursive: true, force: true });
      if (code !== 0) throw new Error(`The server ended with ${code}:\n${output}`);
    },
    async kill() {
      child.kill("SIGKILL");
      await exited;
    },
  };
}

async function end(child: ChildProcess, exited: Promise<unknown[]>): Promise<number | string | null> {
  if (child.exitCode !== null) return child.exitCode;
  child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), STOP_MS);
  await exited;
  clearTimeout(timer);
  return child.exitCode ?? child.signalCode;
}

/** Removes a DATA_DIR that outlived a kill. */
export async function removeData(dataDir: string): Promise<void> {
  await rm(dataDir, { recursive: true, force: true });
}
