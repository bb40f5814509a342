/** `node scripts/python/run.ts newest|oldest [pytest arguments]`: the pytest suites against a production server of their own. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createPeople } from "#e2e/people.ts";
import { SUITE_SECRET, startServer } from "#e2e/server.ts";
import { type Client, clientEnv, ensureVenv, NoPython, SKIPPED } from "./venv.ts";

async function main([client, ...args]: string[]): Promise<number> {
  if (client !== "newest" && client !== "oldest") throw new Error("which clients: newest or oldest?");
  const venv = await ensureVenv(client as Client);
  const server = await startServer();
  const home = await mkdtemp(join(tmpdir(), "cooperage-home-"));
  try {
    const people = await createPeople(server);
    const child = spawn(join(venv.bin, "python"), ["-m", "pytest", "e2e/python", "-p", "no:cacheprovider", ...args], {
      stdio: "inherit",
      env: {
        ...process.env,
        ...clientEnv(home, server.url, people.owner.token),
        PATH: `${venv.bin}:${process.env.PATH}`,
        E2E_NODE: process.execPath,
        E2E_OWNER: people.owner.name,
        E2E_READ_TOKEN: people.owner.readToken,
        E2E_ADMIN_TOKEN: people.owner.adminToken,
        E2E_PROPOSE_TOKEN: people.owner.proposeToken,
        E2E_STRANGER: people.stranger.name,
        E2E_STRANGER_TOKEN: people.stranger.token,
        E2E_ODD: people.odd.name,
        E2E_ODD_TOKEN: people.odd.token,
        E2E_ORG: people.org,
        E2E_DATA_DIR: server.dataDir,
        E2E_SECRET: SUITE_SECRET,
      },
    });
    const [code] = await once(child, "close");
    const log = server.output().trim();
    if (code !== 0 && log !== "") console.log(`--- the server's log ---\n${log}`);
    return code ?? 1;
  } finally {
    await server.stop();
    await rm(home, { recursive: true, force: true });
  }
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof NoPython)) throw error;
  console.log(`The Python clients were not tried: ${error.message}`);
  process.exitCode = process.env.CI ? 1 : SKIPPED;
}
