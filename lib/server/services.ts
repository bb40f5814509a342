/**
 * The door to the server for pages and routes. `start.ts` makes the services once, as plain Node modules; Next's bundle holds
 * only this accessor (type imports vanish), so that no page drags the database or a worker along.
 */
import type { Logger } from "pino";
import type { Accounts } from "./accounts.ts";
import type { Cas } from "./cas/cas.ts";
import type { Gc } from "./cas/gc.ts";
import type { Dedup } from "./dedup/dedup.ts";
import type { Env } from "./env.ts";
import type { Hub } from "./hub/hub.ts";
import type { Metrics } from "./metrics.ts";
import type { Operator } from "./operator.ts";
import type { Plans } from "./plans/plans.ts";

export interface Services {
  env: Env;
  log: Logger;
  accounts: Accounts;
  hub: Hub;
  cas: Cas;
  /** Refuses all but the count of what waits when `hub.kind` is upstream. */
  plans: Plans;
  /** Refuses everything when `hub.kind` is upstream. */
  dedup: Dedup;
  gc: Gc;
  operator: Operator;
  metrics: Metrics;
  /** Throws Unavailable while database or blobs do not answer. */
  ready(): Promise<void>;
}

const KEY = Symbol.for("cooperage.services");
const holder = globalThis as { [KEY]?: Services };

export function services(): Services {
  const found = holder[KEY];
  if (!found) throw new Error("The services are not started: run the server through server.ts.");
  return found;
}

export function provideServices(made: Services | undefined): void {
  holder[KEY] = made;
}
