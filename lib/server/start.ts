/** Environment -> services -> listener. The only file that joins all rooms of the server. */
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { chmod, readFile, writeFile } from "node:fs/promises";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { pino } from "pino";
import { createAccounts, type FirstAccount } from "./accounts.ts";
import { createFileBlobs } from "./blobs/fs.ts";
import { createCas } from "./cas/embedded.ts";
import type { Gc } from "./cas/gc.ts";
import { createUpstreamCas } from "./cas/upstream.ts";
import { openDatabase } from "./db/sqlite.ts";
import { createDedup } from "./dedup/embedded.ts";
import { createUpstreamDedup } from "./dedup/upstream.ts";
import { prepareDrain } from "./drain.ts";
import { type Env, EnvError, readEnv } from "./env.ts";
import { createListener } from "./http/listener.ts";
import { loadRoutes } from "./http/router.ts";
import { createEmbeddedHub } from "./hub/embedded.ts";
import { createUpstreamHub } from "./hub/upstream.ts";
import { LockedError, lockDataDir } from "./lock.ts";
import { createMetrics, type Gauges } from "./metrics.ts";
import { createOperator } from "./operator.ts";
import { createPlans } from "./plans/embedded.ts";
import { createGuard } from "./plans/guard.ts";
import { createUpstreamPlans } from "./plans/upstream.ts";
import { provideServices, type Services } from "./services.ts";

const ROOT = join(import.meta.dirname, "../..");
/** How long a stop waits for running requests, ms. */
const GRACE = 25_000;

export interface Started {
  services: Services;
  listener: RequestListener;
  close(): Promise<void>;
}

/**
 * Everything but the pages and the socket; tests and benchmarks put it behind a server of their own, and tests may say what time it
 * is (ms since the epoch).
 */
export async function startApi(env: Env, pages?: RequestListener, clock: () => number = Date.now): Promise<Started> {
  const log = pino({ level: env.LOG_LEVEL });
  const unlock = lockDataDir(env.DATA_DIR, `http://${env.HOST}:${env.PORT}`);
  const secret = env.SESSION_SECRET ?? (await keptSecret(join(env.DATA_DIR, "secret")));
  const file = join(env.DATA_DIR, "cooperage.db");
  const db = await openDatabase({ file });
  const accounts = createAccounts({ db, secret, clock, upstream: env.HUB_URL });
  const blobs = createFileBlobs({ dir: join(env.DATA_DIR, "blobs"), tmp: join(env.DATA_DIR, "tmp") });
  const gc = {
    grace: env.GC_GRACE,
    share: env.GC_REWRITE_SHARE,
    every: env.HUB_URL === undefined ? env.GC_EVERY : null,
    onFreed: (bucketIds: number[]) => bucketIds.forEach((id) => void figures.touch(id)),
  };
  const content = await createCas({ db, blobs, secret, clock, log, gc });
  const guard = createGuard({ db, clock });
  const figures =
    env.HUB_URL === undefined ? createDedup({ db, file, clock, log, grace: env.GC_GRACE }) : createUpstreamDedup();
  const embedded = createEmbeddedHub({ db, content, clock, log, guard, onChanged: figures.touch });
  const hub = env.HUB_URL === undefined ? embedded : createUpstreamHub({ hubUrl: env.HUB_URL, fetch, clock });
  const cas = env.HUB_URL === undefined ? content : createUpstreamCas({ hubUrl: env.HUB_URL });
  const own = createPlans({
    db,
    blobs,
    clock,
    log,
    hub: embedded,
    guard,
    dedup: figures,
    allowPrivateWebhooks: isLoopback(env.HOST),
  });
  const plans = env.HUB_URL === undefined ? own : createUpstreamPlans();
  await own.resume();
  const metrics = createMetrics(gaugesOf(content.gc));
  const ready = () => content.ready();
  const services: Services = {
    ...{ env, log, accounts, hub, cas, plans, dedup: figures, metrics, ready },
    gc: content.gc,
    operator: createOperator({ secret, clock }),
  };
  provideServices(services);
  const router = await loadRoutes(join(ROOT, "app"));
  return {
    services,
    listener: createListener({ router, log, metrics, pages }),
    async close() {
      await own.close();
      await figures.close();
      await embedded.close();
      await content.close();
      await db.close();
      unlock();
    },
  };
}

function gaugesOf(gc: Gc): Gauges {
  return {
    cooperage_gc_freed_bytes: {
      help: "Bytes on disk that garbage collection has freed, ever",
      read: async () => (await gc.state()).freedBytes,
    },
    cooperage_gc_last_run_timestamp_seconds: {
      help: "When garbage collection last ended; 0: never",
      read: async () => ((await gc.state()).ranAt ?? 0) / 1000,
    },
  };
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || host.startsWith("127.");
}

/** Made on the first start, readable by its owner only. */
async function keptSecret(file: string): Promise<string> {
  try {
    return (await readFile(file, "utf8")).trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    const made = randomBytes(32).toString("base64url");
    await writeFile(file, `${made}\n`, { mode: 0o600, flag: "wx", flush: true });
    await chmod(file, 0o600);
    return made;
  }
}

/** The whole server, until SIGTERM or SIGINT. `pages` false leaves Next out: the API alone. */
export async function startServer({ dev, pages = true }: { dev: boolean; pages?: boolean }): Promise<void> {
  try {
    const env = readEnv();
    const started = await startApi(env, pages ? await nextPages(dev) : undefined);
    const server = createServer(started.listener);
    const drain = prepareDrain(server);
    // A xorb or a download may take as long as its network needs; idle connections are what must not pile up.
    server.requestTimeout = 0;
    server.headersTimeout = 60_000;
    server.keepAliveTimeout = 75_000;
    server.listen(env.PORT, env.HOST);
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const address = env.PUBLIC_URL ?? `http://${env.HOST.includes(":") ? `[${env.HOST}]` : env.HOST}:${port}`;
    const greeted = greet(started.services, address);
    // Before anybody can be told that it is up: from then on a signal must be a clean end.
    stopGracefully(drain, started, greeted);
    await greeted;
  } catch (error) {
    if (
      !(error instanceof EnvError || error instanceof LockedError) &&
      (error as NodeJS.ErrnoException).code !== "EADDRINUSE"
    ) {
      throw error;
    }
    process.stderr.write(`${(error as Error).message}\n`);
    process.exit(1);
  }
}

async function nextPages(dev: boolean): Promise<RequestListener> {
  const { default: next } = await import("next");
  const app = next({ dev, dir: ROOT });
  await app.prepare();
  const handle = app.getRequestHandler();
  return (request, response) => void handle(request, response);
}

/** On the very first start: an account, a link that signs its owner in, and the two lines that connect the `hf` command. */
async function greet({ accounts, hub, log }: Services, address: string): Promise<void> {
  log.info({ address, hub: hub.kind }, "listening");
  if (hub.kind === "upstream") return;
  const first = await accounts.ensureFirstAccount();
  if (first !== null) process.stdout.write(welcome(first, address));
}

/** What a new owner needs, to be printed once: the link and the token are in no other place. */
export function welcome({ account, code, token }: FirstAccount, address: string): string {
  return [
    "",
    `  Cooperage is ready. Account '${account.name}' was made for you.`,
    "",
    "  Sign in (works once, for an hour):",
    `    ${address}/sign-in?code=${code}`,
    "",
    "  Connect the hf command:",
    `    export HF_ENDPOINT=${address}`,
    `    export HF_TOKEN=${token}`,
    "",
    "",
  ].join("\n");
}

function stopGracefully(drain: ReturnType<typeof prepareDrain>, started: Started, greeted: Promise<void>): void {
  let stopping = false;
  const stop = async (signal: string) => {
    if (stopping) return;
    stopping = true;
    started.services.log.info({ signal }, "stopping");
    await drain(GRACE);
    await greeted.catch(() => {});
    await started.close();
    process.exit(0);
  };
  process.on("SIGTERM", stop);
  process.on("SIGINT", stop);
}
