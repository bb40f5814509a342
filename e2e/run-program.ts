/** A program of another process, run to its end. */
import { spawn } from "node:child_process";
import { once } from "node:events";

export interface ProgramOptions {
  cwd?: string;
  env: NodeJS.ProcessEnv;
  /** Standard input. */
  input?: string;
}

/** Resolves to its standard output. Throws with all that it wrote when it fails; `name` is what the message calls it. */
export async function runProgram(name: string, file: string, args: string[], options: ProgramOptions): Promise<string> {
  const { cwd, env, input } = options;
  const child = spawn(file, args, { cwd, env });
  let out = "";
  let errors = "";
  child.stdout.on("data", (data) => {
    out += data;
  });
  child.stderr.on("data", (data) => {
    errors += data;
  });
  child.stdin.end(input ?? "");
  const [code] = await once(child, "close");
  if (code !== 0) throw new Error(`${name} ended with ${code}: ${errors}${out}`);
  return out;
}
