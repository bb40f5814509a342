/**
 * One play, given by three people on a server of its own: Alice and Bob have much the same content and see nothing of each other; what Carol
 * has is open. Each of the two can be left out. Everything else is the same each time: clock, secret, accounts, buckets, order.
 */
import { join } from "node:path";
import { createFileBlobs } from "#lib/server/blobs/fs.ts";
import { scrub } from "#lib/server/cas/scrub.ts";
import { createWorkers } from "#lib/server/cas/workers.ts";
import { openSnapshot } from "#lib/server/db/scrub.ts";
import { type ApiServer, openApiServer } from "#lib/server/fixture.ts";
import type { EmbeddedHub } from "#lib/server/hub/embedded.ts";
import * as content from "./contents.ts";
import { fileOf } from "./contents.ts";
import { observe } from "./observe.ts";
import { Person, type Stage } from "./person.ts";
import { playPlans } from "./plans.ts";
import { type Entry, Transcript } from "./transcript.ts";
import { countWork } from "./work.ts";

export interface Played {
  alice: Entry[];
  bob: Entry[];
  /** Methods and paths that were asked for. */
  asked: Set<string>;
  /** What is wrong with the store in the end. */
  faults: string[];
}

const DAY = 24 * 3600 * 1000;

export async function play(present: { alice: boolean; bob: boolean }): Promise<Played> {
  let now = Date.UTC(2026, 2, 1, 12);
  const work = countWork();
  const server = await openApiServer(
    { SESSION_SECRET: "a secret of plays, long enough" },
    { clock: () => now, around: work.listen },
  );
  try {
    const stage: Stage = { server, work, asked: new Set(), quiet: () => quiet(server) };
    const chunks = content.namesOf({ ...named, ...numbered("flood", flood), ...numbered("small", crumbs) });
    const [heard, kept] = [new Transcript(chunks), new Transcript(chunks)];
    const people = await cast(server, { stage, alice: kept, bob: heard });
    const scene = async (who: "alice" | "bob", act: (person: Person) => Promise<void>) => {
      now += 60_000;
      people[who].forget();
      if (present[who]) await act(people[who]);
    };
    const night = async (days: number) => {
      now += days * DAY;
      await stage.quiet();
      await server.services.gc.run();
      await stage.quiet();
    };

    await scene("alice", aliceBefore);
    await scene("bob", bobFirst);
    await scene("bob", (bob) => observe(bob, bobs, "in short"));
    await scene("alice", aliceBetween);
    await scene("alice", (alice) => observe(alice, alices, "in full"));
    await scene("bob", bobSecond);
    await scene("bob", (bob) => observe(bob, bobs, "in full"));
    await night(1);
    await scene("bob", (bob) => bobPlans(bob, people.dora, server));
    await scene("alice", aliceDeletes);
    await scene("bob", (bob) => observe(bob, bobs, "in short"));
    for (const days of [8, 8, 8]) await night(days);
    await scene("bob", (bob) => observe(bob, bobs, "in short"));
    await scene("bob", bobDeletes);
    for (const days of [8, 8, 8, 1]) await night(days);
    await scene("bob", (bob) => observe(bob, bobs, "in short"));
    await scene("alice", (alice) => observe(alice, alices, "in short"));
    return { alice: kept.entries, bob: heard.entries, asked: stage.asked, faults: await scrubbed(server.dataDir) };
  } finally {
    work.stop();
    await server.close();
  }
}

async function scrubbed(dataDir: string): Promise<string[]> {
  const workers = createWorkers({ threads: 1 });
  const blobs = createFileBlobs({ dir: join(dataDir, "blobs"), tmp: join(dataDir, "tmp") });
  const found: string[] = [];
  for await (const { text } of scrub({ open: () => openSnapshot(join(dataDir, "cooperage.db")), blobs, workers }))
    found.push(text);
  await workers.close();
  return found;
}

/** Nothing goes on in the background any more that a request has begun. */
async function quiet({ services }: ApiServer): Promise<void> {
  await services.dedup.idle();
  await (services.hub as EmbeddedHub).purged();
  await services.dedup.idle();
}

async function cast(server: ApiServer, parts: { stage: Stage; alice: Transcript; bob: Transcript }) {
  const tokens = new Map<string, string>();
  for (const name of ["carol", "alice", "bob", "dora"]) tokens.set(name, await server.user(name));
  await server.services.accounts.createOrg("crew", { privateByDefault: true });
  for (const name of ["bob", "dora"]) await server.services.accounts.addMember("crew", name, "admin");
  const made = [
    ...["carol/open"].map((id) => [id, "public"] as const),
    ...["alice/secret", "alice/other", "bob/data", "bob/spare", "crew/shared"].map((id) => [id, "private"] as const),
  ];
  for (const [id, visibility] of made) {
    const token = tokens.get(id.split("/")[0]!) ?? tokens.get("bob")!;
    const answer = await server.ask(`/api/buckets/${id}`, { method: "POST", token, body: { visibility } });
    if (answer.status !== 200) throw new Error(`${id}: ${answer.text}`);
  }
  const person = (name: string, transcript: Transcript) =>
    new Person(name, { stage: parts.stage, token: tokens.get(name)!, transcript });
  const carol = person("carol", new Transcript(new Map()));
  await carol.put("carol/open", fileOf("model.bin", { xorb: content.open }));
  // Where its chunks lie is remembered from now on, whoever reads it next: that somebody reads what is open is no secret here.
  await carol.ask("/buckets/carol/open/resolve/model.bin");
  return { alice: person("alice", parts.alice), bob: person("bob", parts.bob), dora: person("dora", parts.bob) };
}

const flood = content.popular(24, 100);
const crumbs = content.small(160, 1000);
const named = {
  whole: content.whole,
  half: content.halves[0]!,
  rest: content.halves[1]!,
  first: content.thirds[0]!,
  second: content.thirds[1]!,
  third: content.thirds[2]!,
  packed: content.packed,
  newer: content.newer,
  open: content.open,
  hers: content.hers,
  his: content.his,
  nobodys: content.nobodys,
  eligible: content.eligible,
};

function numbered<T>(name: string, items: T[]): Record<string, T> {
  return Object.fromEntries(items.map((item, at) => [`${name}${at}`, item]));
}

const model = (path: string) => fileOf(path, { xorb: content.whole });
const inHalves = (path: string) => fileOf(path, ...content.halves.map((xorb) => ({ xorb })));
const inThirds = (path: string) => fileOf(path, ...content.thirds.map((xorb) => ({ xorb })));
const many = (path: string, xorbs: typeof flood) => xorbs.map((xorb, at) => fileOf(`${path}/${at}`, { xorb }));

/** The same before him: the same file in other xorbs and in his own, parts of it, what he packs otherwise, a popular first chunk. */
async function aliceBefore(alice: Person): Promise<void> {
  await alice.put("alice/secret", inHalves("checkpoint-1/model"), fileOf("text", { xorb: content.packed }));
  await alice.put("alice/other", fileOf("checkpoint-1/part", { xorb: content.whole, start: 3, end: 12 }));
  await alice.put("alice/secret", model("checkpoint-2/model"), fileOf("hers", { xorb: content.hers }));
  await alice.put("alice/secret", ...many("flood", flood.slice(0, 12)), fileOf("eligible", { xorb: content.eligible }));
  // Runs of what is open, in an order of her own.
  await alice.register("alice/secret", [
    fileOf("mixed", { xorb: content.open, start: 2, end: 5 }, { xorb: content.whole, start: 0, end: 2 }),
  ]);
  await alice.batch("alice/secret", {
    type: "addFile",
    path: "open",
    xetHash: fileOf("", { xorb: content.open }).hash,
  });
}

async function bobFirst(bob: Person): Promise<void> {
  await bob.put("bob/data", model("checkpoint-1/model"), fileOf("checkpoint-1/text", { xorb: content.plain }));
  await bob.put(
    "bob/data",
    fileOf("checkpoint-2/model", { xorb: content.whole, start: 0, end: 10 }, { xorb: content.his }),
  );
  await bob.put("bob/data", ...many("pieces", crumbs.slice(0, 3)));
  await bob.send("bob/spare", [content.halves[0]!]);
  // Sent twice, and told in the other way.
  await bob.send("bob/data", [content.whole]);
  await bob.register("bob/data", [model("again")], { version: "v2" });
}

async function aliceBetween(alice: Person): Promise<void> {
  await alice.put("alice/other", ...many("flood", flood.slice(8)), fileOf("newer", { xorb: content.newer }));
  await alice.put("alice/secret", inThirds("checkpoint-3/model"), ...many("crumbs", crumbs.slice(0, 150)));
  await alice.put(
    "alice/other",
    fileOf("his", { xorb: content.his, start: 1 }),
    fileOf("text", { xorb: content.plain }),
  );
  await alice.batch("alice/other", {
    type: "copyFile",
    path: "copy",
    xetHash: inHalves("").hash,
    sourceRepoType: "bucket",
    sourceRepoId: "alice/secret",
  });
}

async function bobSecond(bob: Person): Promise<void> {
  await bob.put("bob/data", fileOf("checkpoint-3/model", ...content.newerHalves.map((xorb) => ({ xorb }))));
  await bob.put("bob/data", inHalves("checkpoint-3/same"), ...many("pieces", crumbs.slice(140)));
  await bob.put("bob/spare", model("model"), ...many("flood", flood.slice(20)));
  await bob.batch("bob/data", {
    type: "copyFile",
    path: "copy",
    xetHash: content.fileOf("", { xorb: content.open }).hash,
    sourceRepoType: "bucket",
    sourceRepoId: "carol/open",
  });
  await bob.remove("bob/data", "checkpoint-2/model");
}

async function bobPlans(bob: Person, dora: Person, server: ApiServer): Promise<void> {
  await bob.put("crew/shared", inThirds("old/model"), fileOf("old/his", { xorb: content.his }));
  await bob.ask("/api/buckets/bob/spare/settings", { method: "PUT", body: { visibility: "public" } });
  await bob.ask("/api/buckets/crew/shared/dedup");
  await bob.ask("/api/buckets/bob/spare/settings", { method: "PUT", body: { visibility: "private" } });
  await bob.ask("/api/buckets/bob/brief", { method: "POST", body: {} });
  await bob.put("bob/brief", model("model"));
  await bob.ask("/api/repos/move", {
    method: "POST",
    body: { fromRepo: "bob/brief", toRepo: "crew/brief", type: "bucket" },
  });
  await bob.ask("/api/buckets/crew/brief", { method: "DELETE" });
  const ended = async () => {
    const running = () =>
      server.ask("/api/plans?box=all", { token: bob.token }).then(({ text }) => /"status":"running"/.test(text));
    while (await running()) await new Promise((resolve) => setTimeout(resolve, 20));
    await quiet(server);
  };
  await playPlans({ proposer: bob, reviewer: dora, source: "bob/spare", dest: "crew/shared", ended });
}

async function aliceDeletes(alice: Person): Promise<void> {
  await alice.ask("/api/buckets/alice/other", { method: "DELETE" });
  // One change of the bucket each: how many of several are computed together is a matter of milliseconds.
  for (const body of [{ files: ["text"] }, { folders: ["flood"] }, { folders: ["checkpoint-1"] }]) {
    await alice.ask("/api/buckets/alice/secret/delete-paths", { method: "POST", body });
  }
}

async function bobDeletes(bob: Person): Promise<void> {
  await bob.remove("bob/data", "checkpoint-1/model", "checkpoint-3/same", "checkpoint-1/text");
  await bob.remove("bob/spare", "model");
}

/** What each asks about: own buckets and paths, and everything that there is. */
const everything = {
  xorbs: Object.values(named),
  popular: [flood[0]!, flood[22]!, crumbs[1]!, crumbs[100]!],
  files: [
    model(""),
    inHalves(""),
    fileOf("", { xorb: content.packed }),
    fileOf("", { xorb: content.hers }),
    fileOf("", { xorb: content.open }),
    fileOf("", { xorb: content.newer }),
    fileOf("", { xorb: content.nobodys }),
  ],
};
const bobs = { ...everything, own: ["bob/data", "bob/spare", "crew/shared"], foreign: "alice/secret" };
const alices = { ...everything, own: ["alice/secret", "alice/other"], foreign: "bob/data" };
