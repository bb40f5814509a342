/** The `hf` command, for suites that are not written in Python. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { clientEnv, ensureVenv, NoPython, type Venv } from "../scripts/python/venv.ts";

/** The newest one; null where Python cannot be had, which fails in CI. */
export async function findHf(): Promise<Venv | null> {
  try {
    return await ensureVenv("newest");
  } catch (error) {
    if (!(error instanceof NoPython) || process.env.CI) throw error;
    console.log(`The hf command was not tried: ${error.message}`);
    return null;
  }
}

/** Runs it with nothing remembered. Resolves to its standard output; throws when it fails. */
export async function runHf(venv: Venv, endpoint: string, token: string, ...args: string[]): Promise<string> {
  const home = await mkdtemp(join(tmpdir(), "cooperage-home-"));
  const env = { ...process.env, ...clientEnv(home, endpoint, token) };
  const child = spawn(join(venv.bin, "hf"), args, { env, stdio: ["ignore", "pipe", "pipe"] });
  let out = "";
  let errors = "";
  child.stdout.on("data", (data) => {
    out += data;
  });
  child.stderr.on("data", (data) => {
    errors += data;
  });
  const [code] = await once(child, "close");
  await rm(home, { recursive: true, force: true });
  if (code !== 0) throw new Error(`hf ${args.join(" ")} ended with ${code}: ${errors}${out}`);
  return out;
}
