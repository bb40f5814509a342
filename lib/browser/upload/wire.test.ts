import { expect, test } from "vitest";
import { Gate, type GateState } from "./gate.ts";
import { type Transport, Wire, type WireAnswer } from "./wire.ts";

const answer = (status: number, body: unknown = {}, headers: Record<string, string> = {}): WireAnswer => ({
  status,
  headers: new Headers(headers),
  bytes: new TextEncoder().encode(JSON.stringify(body)),
});

function wireOf(answers: (WireAnswer | Error)[]) {
  const states: GateState[] = [];
  const gate = new Gate((state) => states.push(state));
  const stop = new AbortController();
  let tries = 0;
  const transport: Transport = async () => {
    const next = answers[Math.min(tries++, answers.length - 1)];
    if (next instanceof Error) throw next;
    return next;
  };
  const wire = new Wire({ transport, gate, signal: stop.signal, pauses: { first: 1, most: 4 }, random: () => 0.5 });
  const send = (options = {}) => wire.send(async () => ({ method: "GET", url: "/", headers: {} }), options);
  return { wire, gate, stop, states, send, tries: () => tries };
}

test("what passes is tried until it has passed", async () => {
  const down = new TypeError("fetch failed");
  const { send, states, tries } = wireOf([down, answer(500), answer(503), answer(429), answer(408), down, answer(200)]);
  expect((await send()).status).toBe(200);
  expect(tries()).toBe(7);
  expect(states.map(({ state, reason }) => [state, reason])).toEqual([
    ["retrying", "server"],
    ["retrying", "busy"],
    ["retrying", "server"],
    ["retrying", "offline"],
    ["running", null],
  ]);
});

test.each([
  [answer(401), {}, "signed-out"],
  [answer(403, { error: "Read only." }), {}, "forbidden"],
  [answer(404), { ofBucket: true }, "gone"],
  [answer(403, { error: "Storage limit reached" }), {}, "quota"],
  [answer(507), {}, "quota"],
  [answer(413), { ofXorb: true }, "quota"],
])("%o %o is held as %s", async (refusal, options, reason) => {
  const { send, gate } = wireOf([refusal, answer(200)]);
  const sent = send(options);
  await expect.poll(() => gate.state.reason).toBe(reason);
  gate.resume();
  expect((await sent).status).toBe(200);
});

test("a credential is renewed once before anybody is asked", async () => {
  const { send, gate, tries } = wireOf([answer(401), answer(200)]);
  let renewed = 0;
  const renew = async () => {
    renewed += 1;
  };
  await send({ renew });
  expect([renewed, tries(), gate.state.state]).toEqual([1, 2, "running"]);
});

test("a wrong request is thrown, with what the server said", async () => {
  const { send } = wireOf([
    answer(422, { error: "Nothing was changed.", failed: [{ path: "a" }] }, { "X-Error-Code": "BatchFailed" }),
  ]);
  await expect(send()).rejects.toMatchObject({
    code: "BatchFailed",
    message: "Nothing was changed.",
    details: { failed: [{ path: "a" }], status: 422 },
  });
  await expect(wireOf([answer(404)]).send()).rejects.toMatchObject({ code: "NotFound" });
});

test("pausing stops before the next try, cancelling everywhere", async () => {
  const { send, gate, stop, tries } = wireOf([answer(200)]);
  gate.pause();
  const sent = send();
  await new Promise((resolve) => setTimeout(resolve, 10));
  expect(tries()).toBe(0);
  stop.abort(new Error("cancelled"));
  await expect(sent).rejects.toThrow("cancelled");
  await expect(send()).rejects.toThrow("cancelled");
});

test("a question gives up after a few tries", async () => {
  const { wire, tries, states } = wireOf([answer(500)]);
  expect((await wire.ask({ method: "GET", url: "/", headers: {} }))?.status).toBe(500);
  expect(tries()).toBe(4);
  expect(states).toEqual([]);
});
