/** The `hf` command, for suites that are not written in Python. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { clientEnv, ensureVenv, NoPython, type Venv } from "../scripts/python/venv.ts";
import { runProgram } from "./run-program.ts";

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
  try {
    return await runHfAt(home, venv, endpoint, token, ...args);
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}

/** The same with what earlier runs left in the folder `home`. */
export function runHfAt(home: string, venv: Venv, endpoint: string, token: string, ...args: string[]): Promise<string> {
  const env = { ...process.env, ...clientEnv(home, endpoint, token) };
  return runProgram(`hf ${args.join(" ")}`, join(venv.bin, "hf"), args, { env });
}
