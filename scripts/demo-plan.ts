/**
 * The demo's second half: an organization with a protected bucket, an agent that proposes to rotate its checkpoints, and two people who
 * have their say. All of it through the API, as clients would.
 */
import { setTimeout } from "node:timers/promises";
import { createRepo, uploadFiles } from "@huggingface/hub";
import { FileCutter } from "#lib/browser/upload/chunk.ts";
import { comparePaths } from "#lib/core/bucket/path-order.ts";
import { isHubError } from "#lib/core/errors.ts";
import { formatHeader, formatOperation } from "#lib/core/plan/codec.ts";
import { bucketTime, compareTrees, type SyncEntry } from "#lib/core/plan/compare.ts";
import { addToSummary, emptySummary } from "#lib/core/plan/kind.ts";
import { DEFAULT_RULES, type PlanDetails, type PlanInfo, type ReviewRules } from "#lib/core/plan/plan.ts";
import { formatTime } from "#lib/core/plan/time.ts";
import { hashToHex } from "#lib/core/xet/hash.ts";
import type { Accounts } from "#lib/server/accounts.ts";
import type { Account, MemberRole, TokenRole } from "#lib/server/hub/actor.ts";
import { type Files, json, text } from "./demo-files.ts";
import { checkpoint } from "./demo-run.ts";

const ORG = "aster-lab";
const BUCKET = `${ORG}/kestrel-32b-runs`;
const RULES: ReviewRules = {
  ...DEFAULT_RULES,
  protect: ["runs"],
  approvals: 2,
  limits: { deleteShare: 0.7, deletes: null, bytes: null },
  freeAdds: ["logs"],
};
const ROTATION = "Sync runs, rotate v2";
const PROMOTION = "Promote step 4000 to release";

/** Of the two runs, by their last segment: what `sft-tulu-v2` was worth at each step. */
const V2_LOSS = { 500: 1.184, 1000: 1.061, 1500: 1.021 };

function bucketFiles(): Files {
  const files: Files = new Map();
  for (const [step, loss] of Object.entries(V2_LOSS)) {
    checkpoint(files, "sft-tulu-v2", Number(step), loss);
    files.set(`runs/sft-tulu-v2/checkpoint-${step}/trainer_state.json`, state(Number(step), loss));
  }
  checkpoint(files, "sft-tulu-v3", 4000, 0.998);
  checkpoint(files, "dpo-beta01", 800, 0.612);
  files.set("runs/sft-tulu-v3/metrics.jsonl", metrics(4200));
  files.set("train.yaml", text(["model: kestrel-32b", "stage: sft", "save_steps: 500", "keep_best: true"]));
  files.set(
    "README.md",
    text([
      "# Kestrel 32B, runs of the lab",
      "",
      "What the cluster writes. `runs/` is protected: nothing below it is deleted or overwritten without a plan that two people approved.",
    ]),
  );
  return files;
}

function state(step: number, loss: number): Uint8Array {
  return json({
    global_step: step,
    best_metric: 1.021,
    best_model_checkpoint: "runs/sft-tulu-v2/checkpoint-1500",
    log_history: [{ step, loss, eval_loss: loss }],
  });
}

function metrics(steps: number): Uint8Array {
  return text(
    Array.from({ length: steps }, (_, step) => JSON.stringify({ step, loss: +(2.2 * (step + 1) ** -0.1).toFixed(4) })),
  );
}

/** What lies on the agent's machine under `./runs`: v2 was tidied away, v3 went on. */
function agentFiles(): Files {
  const files: Files = new Map();
  checkpoint(files, "sft-tulu-v3", 4000, 0.998);
  checkpoint(files, "sft-tulu-v3", 4500, 0.991);
  checkpoint(files, "dpo-beta01", 800, 0.612);
  files.set("runs/sft-tulu-v3/metrics.jsonl", metrics(4100));
  return new Map([...files].map(([path, data]) => [path.slice("runs/".length), data]));
}

export async function reviewDemo(hubUrl: string, accounts: Accounts, owner: Account): Promise<void> {
  const made: string[] = [];
  const yuki = await person(accounts, "yuki-kato", "Yuki Kato");
  const jonas = await person(accounts, "jonas-weber", "Jonas Weber");
  await accounts.createOrg(ORG, { fullName: "Aster Lab", privateByDefault: true }).catch((error) => {
    if (!isHubError(error, "Conflict")) throw error;
  });
  const members: [Account, MemberRole][] = [
    [owner, "admin"],
    [yuki, "write"],
    [jonas, "write"],
  ];
  for (const [account, role] of members) await accounts.addMember(ORG, account.name, role);

  async function tokenOf(account: Account, role: TokenRole, label: string): Promise<string> {
    const { token, info } = await accounts.issueToken(account, { label, role, expiresAt: Date.now() + 3600_000 });
    made.push(info.id);
    return token;
  }
  const ask = async <T>(token: string, method: string, path: string, body?: unknown): Promise<T> => {
    const answer = await fetch(`${hubUrl}${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, accept: "application/json", "content-type": "application/json" },
      body: body === undefined ? undefined : typeof body === "string" ? body : JSON.stringify(body),
    });
    const said = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path} answered ${answer.status}: ${said}`);
    return (said === "" ? null : JSON.parse(said)) as T;
  };

  try {
    const admin = await tokenOf(owner, "admin", "demo");
    const repo = { type: "bucket", name: BUCKET } as const;
    await createRepo({ hubUrl, accessToken: admin, repo, visibility: "private" }).catch((error) => {
      if (error.statusCode !== 409) throw error;
    });
    // Once only: from then on the bucket is protected.
    const { totalFiles } = await ask<{ totalFiles: number }>(admin, "GET", `/api/buckets/${BUCKET}`);
    if (totalFiles === 0) await upload(hubUrl, admin, bucketFiles());
    await ask(admin, "PUT", `/api/buckets/${BUCKET}/rules`, RULES);
    const plans = await ask<{ items: PlanInfo[] }>(admin, "GET", `/api/plans?box=all&bucket=${BUCKET}&limit=100`);
    const titles = new Set(plans.items.map(({ title }) => title));

    if (!titles.has(PROMOTION)) {
      await ask(await tokenOf(yuki, "write", "notebook"), "POST", "/api/plans/compute", {
        source: `hf://buckets/${BUCKET}/runs/sft-tulu-v3/checkpoint-4000`,
        dest: `hf://buckets/${BUCKET}/release`,
        delete: false,
        by: "content",
        filters: { include: [], exclude: ["optimizer.pt", "scheduler.pt"] },
        title: PROMOTION,
      });
    }
    if (!titles.has(ROTATION)) {
      const agent = await tokenOf(jonas, "propose", "ckpt-sweep");
      const file = await writePlan(
        await ask<ListedFile[]>(agent, "GET", `/api/buckets/${BUCKET}/tree/runs?recursive=true`),
      );
      const plan = await ask<PlanDetails>(agent, "POST", `/api/plans?title=${encodeURIComponent(ROTATION)}`, file);
      const reviewer = await tokenOf(yuki, "write", "notebook");
      await ask(reviewer, "POST", `/api/plans/${plan.id}/comments`, {
        path: "sft-tulu-v2/checkpoint-1500/",
        body: "This is the best step of v2 and the report cites it. Keep it until the 24th.",
      });
      await ask(reviewer, "POST", `/api/plans/${plan.id}/decision`, {
        verdict: "approve",
        digest: plan.digest,
        selection: [
          { path: "/", include: true },
          { path: "sft-tulu-v2/checkpoint-1500/", include: false },
        ],
        note: "All but the best step.",
      });
      // The cluster goes on meanwhile: one of the new files stands there already, with other bytes.
      await upload(
        hubUrl,
        await tokenOf(owner, "write", "kestrel-trainer"),
        new Map([["runs/sft-tulu-v3/checkpoint-4500/trainer_state.json", state(4500, 0.993)]]),
      );
      process.stdout.write(`  ${BUCKET}: plan #${plan.id} waits for review, ${plan.operations} operations\n`);
    }
  } finally {
    for (const id of made) await accounts.revokeAnyToken(id);
  }
}

async function person(accounts: Accounts, name: string, fullName: string): Promise<Account> {
  // Without a password nobody signs in as them.
  return accounts.findUser(name).catch(() => accounts.createUser(name, { fullName }));
}

async function upload(hubUrl: string, accessToken: string, files: Files): Promise<void> {
  // Making the files held everything up: connections that were closed meanwhile have to be noticed first.
  await setTimeout(50);
  await uploadFiles({
    hubUrl,
    accessToken,
    repo: { type: "bucket", name: BUCKET },
    files: [...files].map(([path, data]) => ({ path, content: new Blob([data as Uint8Array<ArrayBuffer>]) })),
  });
}

interface ListedFile {
  type: "file" | "directory";
  path: string;
  size: number;
  mtime?: string;
  uploadedAt: string;
  xetHash: string;
}

const HOUR = 3_600_000;

/** `hf buckets sync ./runs hf://.../runs --delete --plan`, with the hashes that the agent knows. */
async function writePlan(listing: ListedFile[]): Promise<string> {
  const remote = listing
    .filter(({ type }) => type === "file")
    .map(({ path, size, mtime, xetHash }) => ({
      path: path.slice("runs/".length),
      size,
      mtime: bucketTime(mtime === undefined ? null : Date.parse(mtime)),
      xetHash,
    }))
    .sort((a, b) => comparePaths(a.path, b.path));
  const times = new Map(remote.map(({ path, mtime }) => [path, mtime]));
  const local: SyncEntry[] = [];
  for (const [path, data] of agentFiles()) {
    const stands = times.get(path) ?? 0;
    // The files of dpo-beta01 were copied over again: newer, and the same bytes. The metrics are those of yesterday.
    const moved = path.startsWith("dpo-beta01/") ? 2 * HOUR : path.endsWith("metrics.jsonl") ? -24 * HOUR : 0;
    local.push({
      path,
      size: data.length,
      mtime: times.has(path) ? stands + moved : Date.now() - HOUR,
      xetHash: await hashOf(data),
    });
  }
  local.sort((a, b) => comparePaths(a.path, b.path));
  const summary = emptySummary();
  const lines: string[] = [];
  for await (const operation of compareTrees(local, remote, { direction: "upload", delete: true })) {
    addToSummary(summary, operation);
    lines.push(formatOperation(operation));
  }
  const dest = `hf://buckets/${BUCKET}/runs`;
  const header = formatHeader({ source: "./runs", dest, timestamp: formatTime(Date.now() * 1000), summary });
  return `${[header, ...lines].join("\n")}\n`;
}

async function hashOf(data: Uint8Array): Promise<string> {
  const blob = new Blob([data as Uint8Array<ArrayBuffer>]);
  const pieces = new FileCutter("fallback").cut(blob, () => {}, new AbortController().signal);
  let step = await pieces.next();
  while (!step.done) step = await pieces.next();
  return hashToHex(step.value);
}
