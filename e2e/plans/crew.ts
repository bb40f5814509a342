/** An organization whose plans are reviewed: who decides, who submits, and the submitter's agent. */
import { createRepo, uploadFiles } from "@huggingface/hub";
import { expect, type Page } from "@playwright/test";
import type { Journey } from "../fixtures.ts";
import type { Person } from "../people.ts";

export interface Crew {
  org: string;
  /** Member with the role write: may decide as the owner does, who is admin. */
  colleague: Person;
  /** Member with the role write. */
  submitter: Person;
  /** Token of the submitter with the role propose. */
  agent: string;
  /** A new bucket of the organization with these files. Returns its id. */
  bucket(files: Record<string, string>): Promise<string>;
  /** Changes it as somebody else would. */
  upload(bucket: string, files: Record<string, string>): Promise<void>;
}

let made = 0;

export async function createCrew({ url, people, server }: Journey): Promise<Crew> {
  const org = `crew-${++made}`;
  async function member(name: string): Promise<Person> {
    const password = `the password of ${name}`;
    await server.admin(["user", "create", name, "--email", `${name}@example.org`, "--password-stdin"], `${password}\n`);
    await server.admin(["org", "add", org, name, "--role", "write"]);
    const token = await server.admin(["token", "create", name, "--role", "write", "--label", "suite"]);
    return { name, password, token };
  }
  await server.admin(["org", "create", org, "--private-by-default"]);
  await server.admin(["org", "add", org, people.owner.name, "--role", "admin"]);
  const colleague = await member(`mina-${made}`);
  const submitter = await member(`jonas-${made}`);
  const agent = await server.admin(["token", "create", submitter.name, "--role", "propose", "--label", "ckpt-sweep"]);
  const hub = { hubUrl: url, accessToken: people.owner.token };
  const upload: Crew["upload"] = async (bucket, files) => {
    const contents = Object.entries(files).map(([path, content]) => ({ path, content: new Blob([content]) }));
    await uploadFiles({ ...hub, repo: { type: "bucket", name: bucket }, files: contents });
  };
  return {
    org,
    colleague,
    submitter,
    agent,
    upload,
    async bucket(files) {
      const name = `${org}/store-${++made}`;
      await createRepo({ ...hub, repo: { type: "bucket", name } });
      await upload(name, files);
      return name;
    },
  };
}

export interface Line {
  action: "upload" | "delete" | "skip";
  path: string;
  reason: string;
  size: number;
}

export const add = (path: string, size: number): Line => ({ action: "upload", path, reason: "new file", size });
export const overwrite = (path: string, size: number): Line => ({
  action: "upload",
  path,
  reason: "size differs",
  size,
});
export const drop = (path: string, size: number): Line => ({
  action: "delete",
  path,
  reason: "not in source (--delete)",
  size,
});
export const skip = (path: string, size: number): Line => ({ action: "skip", path, reason: "identical", size });

/** The file that `hf buckets sync ./runs hf://... --delete --plan` writes for these operations. */
export function planFile(bucket: string, lines: Line[]): string {
  const count = (action: Line["action"]) => lines.filter((line) => line.action === action);
  const uploads = count("upload");
  const header = {
    type: "header",
    source: "./runs",
    dest: `hf://buckets/${bucket}/runs`,
    timestamp: new Date().toISOString().replace("Z", "+00:00"),
    summary: {
      uploads: uploads.length,
      downloads: 0,
      deletes: count("delete").length,
      skips: count("skip").length,
      total_size: uploads.reduce((sum, line) => sum + line.size, 0),
    },
  };
  const local_mtime = "2026-11-20T13:57:42+00:00";
  const operations = lines.map(({ action, path, reason, size }) => ({
    type: "operation",
    action,
    path,
    size,
    reason,
    ...(action !== "delete" && { local_mtime }),
  }));
  return [header, ...operations].map((line) => `${JSON.stringify(line)}\n`).join("");
}

/** Submits it as `curl --data-binary` does. Returns the plan's id and page. */
export async function submit(
  url: string,
  token: string,
  body: string,
  title: string,
): Promise<{ id: number; page: string; digest: string }> {
  const answer = await fetch(`${url}/api/plans?title=${encodeURIComponent(title)}`, {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/x-ndjson" },
    body,
  });
  const text = await answer.text();
  expect(answer.status, text).toBe(201);
  const plan = JSON.parse(text) as { id: number; bucket: string; digest: string };
  return { id: plan.id, digest: plan.digest, page: `${url}/buckets/${plan.bucket}/plans/${plan.id}` };
}

/** Decides over the API, as another person's page would. */
export async function decide(
  url: string,
  token: string,
  id: number,
  decision: { verdict: string; selection?: unknown; note?: string },
): Promise<void> {
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  const { digest } = (await (await fetch(`${url}/api/plans/${id}`, { headers })).json()) as { digest: string };
  const answer = await fetch(`${url}/api/plans/${id}/decision`, {
    method: "POST",
    headers,
    body: JSON.stringify({ digest, selection: [{ path: "/", include: true }], note: "", ...decision }),
  });
  expect(answer.status, await answer.text()).toBe(200);
}

export async function signIn(page: Page, url: string, person: Person): Promise<void> {
  const answer = await page.request.post(`${url}/api/session`, {
    data: { name: person.name, password: person.password },
    headers: { origin: url },
  });
  expect(answer.ok(), await answer.text()).toBe(true);
}
