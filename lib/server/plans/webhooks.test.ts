import { createHmac } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, afterEach, beforeAll, beforeEach, expect, onTestFinished, test } from "vitest";
import { type HubError, isHubError } from "#lib/core/errors.ts";
import { SELECT_ALL } from "#lib/core/plan/plan.ts";
import type { Actor } from "../hub/actor.ts";
import { createPlans } from "./embedded.ts";
import { openPlansFixture, type PlansFixture, planDelete } from "./fixture.ts";
import { addressProblem, createWebhookSender, createWebhookVerbs } from "./webhooks.ts";

interface Received {
  headers: IncomingMessage["headers"];
  body: string;
}

let fixture: PlansFixture;
let ada: Actor;
let grace: Actor;
let receiver: Server;
let received: Received[];
/** What the receiver answers, one after the other; then 204. */
let answers: { status: number; location?: string }[];
let url: string;

beforeAll(async () => {
  fixture = await openPlansFixture();
  [ada, grace] = [await fixture.user("ada"), await fixture.user("grace")];
  await fixture.fill(ada, "ada/b", { a: "A", b: "B" });
  await fixture.rules(ada, "ada/b", { people: ["grace"] });
  receiver = createServer(async (request, response) => {
    let body = "";
    for await (const piece of request) body += piece;
    received.push({ headers: request.headers, body });
    const { status, location } = answers.shift() ?? { status: 204 };
    response.writeHead(status, location === undefined ? {} : { location }).end();
  }).listen(0, "127.0.0.1");
  await once(receiver, "listening");
  url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook`;
});
afterAll(async () => {
  receiver.close();
  await fixture.close();
});
beforeEach(() => {
  received = [];
  answers = [];
});
afterEach(async () => {
  const verbs = createWebhookVerbs(fixture.context, { allowPrivate: true });
  for (const { id } of await verbs.listWebhooks(ada, "ada/b")) await verbs.deleteWebhook(ada, "ada/b", id);
});

async function refused(work: Promise<unknown>): Promise<HubError> {
  const error = await work.then(
    () => null,
    (error) => error,
  );
  if (!isHubError(error)) throw error ?? new Error("It was not refused.");
  return error;
}

/** The service has a timer of its own; this one is asked at the fixture's clock. */
function sendDue(allowPrivate = true): Promise<void> {
  const sender = createWebhookSender(fixture.context, { allowPrivate });
  return sender.sendDue().finally(() => sender.close());
}

test("tells who asked, signed, once", async () => {
  const plans = createPlans({ ...fixture.context, allowPrivateWebhooks: true });
  onTestFinished(() => plans.close());
  const hook = await plans.createWebhook(ada, "ada/b", { url, events: ["plan.submitted", "plan.decided"] });
  expect(hook.secret).toMatch(/^whsec_/);
  const id = await fixture.submit(ada, "ada/b", [planDelete("a")]);
  const { digest } = await plans.get(grace, id);
  await plans.decide(grace, id, { verdict: "approve", digest, selection: SELECT_ALL, note: "" });
  await plans.comment(grace, id, { path: null, body: "of no interest" });
  await expect.poll(() => received.length).toBe(2);
  const events = received.map(({ body }) => JSON.parse(body));
  expect(events).toMatchObject([
    { event: "plan.submitted", bucket: "ada/b", plan: { id }, by: { name: "ada" }, details: { digest } },
    { event: "plan.decided", type: "plan.approved", by: { name: "grace" }, details: { covers: 1 } },
  ]);
  for (const { headers, body } of received) {
    const stamp = headers["x-cooperage-timestamp"];
    const expected = createHmac("sha256", hook.secret).update(`${stamp}.${body}`).digest("hex");
    expect(headers["x-cooperage-signature"]).toBe(`sha256=${expected}`);
    expect(headers["x-cooperage-event"]).toBe(JSON.parse(body).event);
  }
  await expect.poll(async () => (await plans.listWebhooks(ada, "ada/b"))[0]?.last).toMatchObject({ status: 204 });
  const listed = await plans.listWebhooks(ada, "ada/b");
  expect(JSON.stringify(listed)).not.toContain(hook.secret);
  await plans.deleteWebhook(ada, "ada/b", hook.id);
  expect(await plans.listWebhooks(ada, "ada/b")).toEqual([]);
});

test("tries again with growing pauses, follows no redirect, and gives up", async () => {
  const verbs = createWebhookVerbs(fixture.context, { allowPrivate: true });
  const hook = await verbs.createWebhook(ada, "ada/b", { url, events: ["plan.submitted"] });
  answers = [{ status: 500 }, { status: 302, location: url }, ...Array(20).fill({ status: 503 })];
  await fixture.submit(ada, "ada/b", [planDelete("b")]);
  let tries = 0;
  for (const pause of [0, 10, 60, 300, 1800, 7200, 21_600]) {
    // A second early nothing is sent.
    if (pause > 0) {
      fixture.tick((pause - 1) * 1000);
      await sendDue();
      expect(received).toHaveLength(tries);
      fixture.tick(1000);
    }
    await sendDue();
    tries += 1;
    expect(received).toHaveLength(tries);
  }
  fixture.tick(30 * 24 * 3600_000);
  await sendDue();
  expect(received).toHaveLength(tries);
  expect(new Set(received.map(({ headers }) => headers["x-cooperage-delivery"])).size).toBe(1);
  expect((await verbs.listWebhooks(ada, "ada/b")).find(({ id }) => id === hook.id)?.last).toMatchObject({
    status: 503,
  });
});

test("private addresses get nothing, by number or by name, unless this server is private itself", async () => {
  const verbs = createWebhookVerbs(fixture.context, { allowPrivate: false });
  const events = ["plan.submitted"];
  for (const bad of [
    "http://127.0.0.1/x",
    "http://10.1.2.3/",
    "http://[::1]/",
    "http://[::ffff:192.168.0.1]/",
    "http://169.254.169.254/latest",
    "http://0x7f000001/",
    "http://2130706433/",
    "ftp://example.org/",
    "file:///etc/passwd",
    "http://me:secret@example.org/",
    "nonsense",
  ]) {
    expect((await refused(verbs.createWebhook(ada, "ada/b", { url: bad, events }))).code).toBe("BadRequest");
  }
  // A name is judged by what it resolves to when something is sent.
  const named = await verbs.createWebhook(ada, "ada/b", { url: url.replace("127.0.0.1", "localhost"), events });
  await fixture.submit(ada, "ada/b", [planDelete("b")]);
  await sendDue(false);
  expect(received).toEqual([]);
  const seen = (await verbs.listWebhooks(ada, "ada/b")).find(({ id }) => id === named.id);
  expect(seen?.last).toMatchObject({ status: 0, message: expect.stringContaining("private network") });
  for (const address of ["fe80::1", "64:ff9b::a00:1", "224.0.0.1", "0.0.0.0", "::"]) {
    expect(addressProblem(address, true)).not.toBeNull();
  }
  expect(addressProblem("93.184.216.34", false)).toBeNull();
  expect(addressProblem("2606:2800:220:1::1", false)).toBeNull();
});

test("are an admin's business", async () => {
  const verbs = createWebhookVerbs(fixture.context, { allowPrivate: true });
  for (const work of [
    verbs.listWebhooks(grace, "ada/b"),
    verbs.createWebhook(grace, "ada/b", { url, events: ["plan.run"] }),
    verbs.createWebhook({ ...ada, role: "propose" }, "ada/b", { url, events: ["plan.run"] }),
    verbs.deleteWebhook(grace, "ada/b", 1),
  ]) {
    expect((await refused(work)).code).toBe("Forbidden");
  }
  expect((await refused(verbs.createWebhook(ada, "ada/b", { url, events: ["plan.eaten"] }))).code).toBe("BadRequest");
  expect((await refused(verbs.deleteWebhook(ada, "ada/b", 99_999))).code).toBe("NotFound");
});
