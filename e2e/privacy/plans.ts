/**
 * A plan's life on every route of plans: a copy into a shared bucket, approved by a colleague, run by the server, and taken back. A run is one
 * change of the bucket here: how many of several are computed together is a matter of milliseconds.
 */
import type { Person } from "./person.ts";

export interface PlanScene {
  proposer: Person;
  reviewer: Person;
  /** Where from, and where to. */
  source: string;
  dest: string;
  /** Waits until no run is under way any more. */
  ended(): Promise<void>;
}

export async function playPlans({ proposer, reviewer, source, dest, ended }: PlanScene): Promise<void> {
  const computed = await proposer.ask("/api/plans/compute", {
    method: "POST",
    body: { source: `hf://buckets/${source}`, dest: `hf://buckets/${dest}`, by: "content" },
  });
  const run = computed.json.id as number;
  await look(proposer, run);
  await discuss(proposer, run, reviewer.name);
  await approve(reviewer, run);
  await proposer.ask(`/api/plans/${run}/approved.jsonl`);
  await proposer.ask(`/api/plans/${run}/run`, { method: "POST" });
  await ended();
  await proposer.ask(`/api/plans/${run}/run`, { method: "DELETE" });
  await look(proposer, run);
  const reverting = await proposer.ask(`/api/plans/${run}/revert`, { method: "POST" });
  await approve(reviewer, reverting.json.id);
  await proposer.ask(`/api/plans/${reverting.json.id}/run`, { method: "POST" });
  await ended();
  await look(proposer, reverting.json.id);

  // As the client writes it: names and sizes, and nothing of content.
  const header = {
    type: "header",
    source: "./runs",
    dest: `hf://buckets/${dest}`,
    timestamp: "2026-01-15T10:30:00+00:00",
  };
  const operation = { type: "operation", action: "upload", path: "new.bin", reason: "new file", size: 9 };
  const body = [header, operation].map((line) => `${JSON.stringify(line)}\n`).join("");
  const { json } = await proposer.ask("/api/plans", { method: "POST", body });
  await look(proposer, json.id);
  await proposer.ask(`/api/plans/${json.id}/rebase`, { method: "POST" });
  await proposer.ask(`/api/plans/${json.id}/withdraw`, { method: "POST" });
}

async function look(me: Person, plan: number): Promise<void> {
  const at = `/api/plans/${plan}`;
  for (const path of ["", "/tree", "/operations?limit=3", "/original.jsonl", "/compare?from=1&to=1"])
    await me.ask(at + path);
  const { items } = (await me.ask(`${at}/operations`)).json;
  for (const { path } of items) await me.ask(`${at}/operation?path=${encodeURIComponent(path)}`);
  await me.ask(`${at}/measure`, { method: "POST", body: { selection: [{ path: "/", include: true }] } });
  await me.ask(`${at}/weight`, { method: "POST", body: { selection: [{ path: "/", include: true }] } });
}

async function discuss(me: Person, plan: number, other: string): Promise<void> {
  const at = `/api/plans/${plan}`;
  await me.ask(at, { method: "PATCH", body: { title: "Copy" } });
  await me.ask(`${at}/reviewers`, { method: "PUT", body: { names: [other] } });
  const { json } = await me.ask(`${at}/comments`, { method: "POST", body: { body: "why?" } });
  await me.ask(`${at}/comments/${json.id}`, { method: "PATCH", body: { body: "why!" } });
  await me.ask(`${at}/comments/${json.id}`, { method: "DELETE" });
  await me.ask(`${at}/decision`, { method: "DELETE" });
}

async function approve(reviewer: Person, plan: number): Promise<void> {
  const { digest } = (await reviewer.ask(`/api/plans/${plan}`)).json;
  await reviewer.ask(`/api/plans/${plan}/decision`, { method: "POST", body: { verdict: "approve", digest } });
}
