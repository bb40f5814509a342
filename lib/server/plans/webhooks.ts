/**
 * Webhooks of a bucket. Deliveries are rows, written with the event (`db/activity.ts`) and sent from here one by one, again with growing
 * pauses until they are taken, so that a crash loses none and a receiver may see one twice. Each is signed:
 *
 *     X-Cooperage-Event: plan.submitted
 *     X-Cooperage-Delivery: 17
 *     X-Cooperage-Timestamp: 1763640000                       seconds since the epoch
 *     X-Cooperage-Signature: sha256=<hex of HMAC-SHA256(secret, timestamp + "." + body)>
 *
 * Whoever administers a bucket chooses the URL, and this server stands in a network of its own. So no redirect is followed, nothing of
 * an answer is shown but its status, addresses are checked after the name was resolved, and private ones are refused unless the server
 * itself listens on this machine only.
 */
import { createHmac, randomBytes } from "node:crypto";
import { type LookupAddress, lookup } from "node:dns";
import { request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import { BlockList, isIP, type LookupFunction } from "node:net";
import { HubError } from "#lib/core/errors.ts";
import {
  listDueDeliveries,
  listWebhooks,
  recordActivity,
  settleDelivery,
  WEBHOOK_EVENTS,
  type WebhookRow,
} from "../db/activity.ts";
import type { Database } from "../db/db.ts";
import { grant } from "../hub/access.ts";
import { doerColumns, type PlansContext } from "./context.ts";
import type { Plans, Webhook } from "./plans.ts";

const WEBHOOKS_MAX = 20;
/** Pauses before the second, third, ... try, ms; then it is given up. */
const PAUSES = [10_000, 60_000, 5 * 60_000, 30 * 60_000, 2 * 3600_000, 6 * 3600_000];
const TIMEOUT = 10_000;
/** How often the table is looked at, ms. */
const EVERY = 1000;
const AT_ONCE = 4;

export function signatureOf(secret: string, timestamp: number, body: string): string {
  return `sha256=${createHmac("sha256", secret).update(`${timestamp}.${body}`).digest("hex")}`;
}

export function createWebhookVerbs(
  { db, clock }: PlansContext,
  { allowPrivate }: { allowPrivate: boolean },
): Pick<Plans, "listWebhooks" | "createWebhook" | "deleteWebhook"> {
  return {
    async listWebhooks(actor, id) {
      const { bucket } = await grant(db.read, actor, id, "admin");
      return (await listWebhooks(db.read, bucket.id)).map(toWebhook);
    },

    createWebhook: (actor, id, { url, events }) =>
      db.write(async (tx) => {
        const { bucket } = await grant(tx, actor, id, "admin");
        const checked = checkUrl(url, allowPrivate);
        const known = Object.keys(WEBHOOK_EVENTS);
        const wanted = [...new Set(events)];
        const unknown = wanted.find((event) => !known.includes(event));
        if (unknown !== undefined || wanted.length === 0) {
          throw new HubError("BadRequest", `Name at least one of the events ${known.join(", ")}.`);
        }
        if ((await listWebhooks(tx, bucket.id)).length >= WEBHOOKS_MAX) {
          throw new HubError("Conflict", `A bucket has at most ${WEBHOOKS_MAX} webhooks; delete one first.`);
        }
        const secret = `whsec_${randomBytes(32).toString("base64url")}`;
        const now = clock();
        const row = await tx
          .insertInto("webhooks")
          .values({ bucket_id: bucket.id, url: checked, secret, events: JSON.stringify(wanted), created_at: now })
          .returningAll()
          .executeTakeFirstOrThrow();
        const details = { webhook: row.id, host: new URL(checked).host, events: wanted };
        await recordActivity(tx, {
          bucketId: bucket.id,
          planId: null,
          type: "webhook.created",
          doer: doerColumns(actor),
          details,
          at: now,
        });
        return { ...toWebhook(row), secret };
      }),

    deleteWebhook: (actor, id, webhook) =>
      db.write(async (tx) => {
        const { bucket } = await grant(tx, actor, id, "admin");
        const row = (await listWebhooks(tx, bucket.id)).find((one) => one.id === webhook);
        if (row === undefined) throw new HubError("NotFound", `Bucket ${id} has no webhook ${webhook}.`);
        await tx.deleteFrom("webhooks").where("id", "=", webhook).execute();
        await recordActivity(tx, {
          bucketId: bucket.id,
          planId: null,
          type: "webhook.deleted",
          doer: doerColumns(actor),
          details: { webhook, host: new URL(row.url).host },
          at: clock(),
        });
      }),
  };
}

function toWebhook(row: WebhookRow): Webhook {
  const { id, url, events, created_at, last_at, last_status, last_message } = row;
  return {
    id,
    url,
    events: JSON.parse(events) as string[],
    createdAt: created_at,
    last: last_at === null ? null : { at: last_at, status: last_status ?? 0, message: last_message ?? "" },
  };
}

function checkUrl(text: string, allowPrivate: boolean): string {
  const bad = (why: string) => new HubError("BadRequest", `This URL cannot be a webhook: ${why}.`);
  if (text.length > 2000 || !URL.canParse(text)) throw bad("it is not a URL");
  const url = new URL(text);
  if (url.protocol !== "https:" && url.protocol !== "http:") throw bad("only https:// and http:// are offered");
  if (url.username !== "" || url.password !== "") throw bad("a name or password in it would be stored in the open");
  const host = hostOf(url);
  if (isIP(host) !== 0) {
    const problem = addressProblem(host, allowPrivate);
    if (problem !== null) throw bad(problem);
  }
  return url.href;
}

function hostOf(url: URL): string {
  return url.hostname.replace(/^\[|\]$/g, "");
}

/** Never: this network itself, link-local (cloud metadata), multicast, reserved, and IPv4 in other clothes. */
const NEVER = new BlockList();
for (const [net, bits] of [
  ["0.0.0.0", 8],
  ["169.254.0.0", 16],
  ["192.0.0.0", 24],
  ["198.18.0.0", 15],
  ["224.0.0.0", 3],
] as const)
  NEVER.addSubnet(net, bits, "ipv4");
for (const [net, bits] of [
  ["::", 128],
  ["64:ff9b::", 96],
  ["2002::", 16],
  ["fe80::", 10],
  ["ff00::", 8],
] as const)
  NEVER.addSubnet(net, bits, "ipv6");
const PRIVATE = new BlockList();
for (const [net, bits] of [
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["172.16.0.0", 12],
  ["192.168.0.0", 16],
] as const)
  PRIVATE.addSubnet(net, bits, "ipv4");
PRIVATE.addSubnet("::1", 128, "ipv6");
PRIVATE.addSubnet("fc00::", 7, "ipv6");

/** Why nothing is sent to an address, or null. */
export function addressProblem(address: string, allowPrivate: boolean): string | null {
  const family = isIP(address) === 6 ? "ipv6" : "ipv4";
  if (NEVER.check(address, family)) return `${address} is not an address of a receiver`;
  if (!allowPrivate && PRIVATE.check(address, family)) return `${address} is an address of a private network`;
  return null;
}

export interface WebhookSender {
  /** Sends what is due now; resolves when it is done. For tests; the timer does the same. */
  sendDue(): Promise<void>;
  close(): Promise<void>;
}

export function createWebhookSender(
  { db, clock, log }: Pick<PlansContext, "clock" | "log"> & { db: Database },
  { allowPrivate }: { allowPrivate: boolean },
): WebhookSender {
  const closing = new AbortController();
  let running: Promise<void> = Promise.resolve();
  let busy = false;

  async function sendDue(): Promise<void> {
    for (;;) {
      const due = await listDueDeliveries(db.read, clock(), AT_ONCE);
      if (due.length === 0 || closing.signal.aborted) return;
      await Promise.all(
        due.map(async (delivery) => {
          const timestamp = Math.floor(clock() / 1000);
          const { id, event, payload, secret, url, attempts } = delivery;
          const headers = {
            "Content-Type": "application/json",
            "User-Agent": "Cooperage-Webhook",
            "X-Cooperage-Event": event,
            "X-Cooperage-Delivery": String(id),
            "X-Cooperage-Timestamp": String(timestamp),
            "X-Cooperage-Signature": signatureOf(secret, timestamp, payload),
          };
          const answer = await post(url, payload, headers, { allowPrivate, signal: closing.signal });
          if (closing.signal.aborted) return;
          const taken = answer.status >= 200 && answer.status < 300;
          const pause = taken ? undefined : PAUSES[attempts];
          const at = clock();
          const again = pause === undefined ? null : at + pause;
          await db.write((tx) => settleDelivery(tx, delivery, { at, ...answer, again }));
        }),
      );
    }
  }

  const timer = setInterval(() => {
    if (busy) return;
    busy = true;
    running = sendDue()
      .catch((error) => log.error({ err: error }, "sending webhooks failed; it goes on later"))
      .finally(() => {
        busy = false;
      });
  }, EVERY).unref();

  return {
    sendDue,
    async close() {
      clearInterval(timer);
      closing.abort();
      await running;
    },
  };
}

interface Answer {
  /** 0: none came. */
  status: number;
  message: string;
}

function post(
  url: string,
  body: string,
  headers: Record<string, string>,
  { allowPrivate, signal }: { allowPrivate: boolean; signal: AbortSignal },
): Promise<Answer> {
  const target = new URL(url);
  const literal = isIP(hostOf(target)) === 0 ? null : addressProblem(hostOf(target), allowPrivate);
  if (literal !== null) return Promise.resolve({ status: 0, message: `Not sent: ${literal}.` });
  const send = target.protocol === "https:" ? httpsRequest : httpRequest;
  return new Promise((resolve) => {
    const fail = (error: Error) => resolve({ status: 0, message: error.message.slice(0, 200) });
    const request = send(
      target,
      {
        method: "POST",
        headers: { ...headers, "Content-Length": String(Buffer.byteLength(body)) },
        lookup: checkedLookup(allowPrivate),
        // The whole exchange, not the silence alone: a slow drip would hold a place for ever.
        signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT)]),
        agent: false,
      },
      (response) => {
        const status = response.statusCode ?? 0;
        // What it says is nobody's business here, and may be long.
        response.destroy();
        resolve({ status, message: (response.statusMessage ?? "").slice(0, 100) });
      },
    );
    request.on("error", fail);
    request.end(body);
  });
}

/** Resolves a name and hands on only addresses that may be sent to: the connection goes to what was checked, not to a second answer. */
function checkedLookup(allowPrivate: boolean): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, addresses) => {
      const found = (addresses ?? []) as LookupAddress[];
      if (error !== null) return callback(error, "", 4);
      const allowed = found.filter(({ address }) => addressProblem(address, allowPrivate) === null);
      const [first] = allowed;
      if (first === undefined) {
        const problem = addressProblem(found[0]?.address ?? "0.0.0.0", allowPrivate);
        return callback(new Error(`Not sent: ${problem}.`), "", 4);
      }
      if (options.all) callback(null, allowed);
      else callback(null, first.address, first.family);
    });
  };
}
