/** The lines that use a bucket from outside, with this server's address filled in. Names as the clients spell them. */
import { type BucketId, formatHandle } from "#lib/core/bucket/id.ts";
import { baseName } from "#lib/core/bucket/path.ts";

export interface Snippet {
  /** What it does, in words. */
  title: string;
  text: string;
}

export interface SnippetSet {
  cli: Snippet[];
  python: Snippet[];
  js: Snippet[];
}

/** Plain words stand bare in a shell; anything else is quoted. */
function shell(text: string): string {
  return /^[\w./:@%+=-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/** A string literal that Python and JavaScript read alike. */
const literal = (text: string) => JSON.stringify(text);

const folderName = (id: BucketId, path: string) => `./${path === "" ? id.slice(id.indexOf("/") + 1) : baseName(path)}`;

export function connectLines(origin: string): string {
  return `export HF_ENDPOINT=${origin}\nhf auth login`;
}

/** Fetching a bucket, or the folder `path` of it. */
export function readSnippets(id: BucketId, path: string, origin: string): SnippetSet {
  const handle = formatHandle(id, path);
  const local = folderName(id, path);
  return {
    cli: [
      { title: "Fetch it", text: `hf buckets sync \\\n  ${shell(handle)} \\\n  ${shell(local)}` },
      { title: "List it", text: `hf buckets list -h \\\n  ${shell(handle)}` },
    ],
    python: [
      {
        title: "Fetch it",
        text: `from huggingface_hub import HfApi\n\napi = HfApi(endpoint=${literal(origin)})\napi.sync_bucket(\n    ${literal(handle)},\n    ${literal(local)},\n)`,
      },
      {
        title: "Read it as a file system",
        text: `from huggingface_hub import HfFileSystem\n\nfs = HfFileSystem(endpoint=${literal(origin)})\nfs.ls(${literal(handle)})`,
      },
    ],
    js: [
      {
        title: "List it",
        text: `import { listFiles } from "@huggingface/hub";\n\nfor await (const file of listFiles({\n  repo: { type: "bucket", name: ${literal(id)} },${path === "" ? "" : `\n  path: ${literal(path)},`}\n  recursive: true,\n  hubUrl: ${literal(origin)},\n  accessToken: process.env.HF_TOKEN,\n})) {\n  console.log(file.path, file.size);\n}`,
      },
    ],
  };
}

/** Putting files into a bucket, or into the folder `path` of it. */
export function writeSnippets(id: BucketId, path: string, origin: string): SnippetSet {
  const handle = formatHandle(id, path);
  const local = folderName(id, path);
  return {
    cli: [
      {
        title: "See what would happen",
        text: `hf buckets sync ${shell(local)} \\\n  ${shell(handle)} \\\n  --plan sync-plan.jsonl`,
      },
      { title: "Send it", text: "hf buckets sync --apply sync-plan.jsonl" },
      { title: "Or send one file", text: `hf buckets cp ./file.bin \\\n  ${shell(`${handle}/file.bin`)}` },
    ],
    python: [
      {
        title: "Send a folder",
        text: `from huggingface_hub import HfApi\n\napi = HfApi(endpoint=${literal(origin)})\napi.sync_bucket(\n    ${literal(local)},\n    ${literal(handle)},\n)`,
      },
    ],
    js: [
      {
        title: "Send files",
        text: `import { uploadFiles } from "@huggingface/hub";\n\nawait uploadFiles({\n  repo: { type: "bucket", name: ${literal(id)} },\n  files: [{ path: ${literal(path === "" ? "notes.txt" : `${path}/notes.txt`)}, content: new Blob(["hello"]) }],\n  hubUrl: ${literal(origin)},\n  accessToken: process.env.HF_TOKEN,\n});`,
      },
    ],
  };
}

/** Reading one file. */
export function fileSnippets(id: BucketId, path: string, origin: string): SnippetSet {
  const handle = formatHandle(id, path);
  return {
    cli: [
      { title: "Fetch it", text: `hf buckets cp \\\n  ${shell(handle)} \\\n  ${shell(`./${baseName(path)}`)}` },
      { title: "Or stream it", text: `hf buckets cp \\\n  ${shell(handle)} \\\n  - | head -c 1000` },
    ],
    python: [
      {
        title: "Read a part of it",
        text: `from huggingface_hub import HfFileSystem\n\nfs = HfFileSystem(endpoint=${literal(origin)})\nwith fs.open(\n    ${literal(handle)},\n    "rb",\n) as f:\n    head = f.read(1000)`,
      },
    ],
    js: [
      {
        title: "Read a part of it",
        text: `import { downloadFile } from "@huggingface/hub";\n\nconst file = await downloadFile({\n  repo: { type: "bucket", name: ${literal(id)} },\n  path: ${literal(path)},\n  hubUrl: ${literal(origin)},\n  accessToken: process.env.HF_TOKEN,\n});\nconst head = await file.slice(0, 1000).text();`,
      },
    ],
  };
}

/** What an account without a bucket at hand does first. */
export function accountSnippets(owner: string, origin: string): SnippetSet {
  return {
    cli: [
      { title: "Make a bucket", text: `hf buckets create ${shell(`${owner}/my-bucket`)}` },
      {
        title: "Send a folder",
        text: `hf buckets sync ./my-folder \\\n  ${shell(formatHandle(`${owner}/my-bucket`))}`,
      },
      { title: "See what is there", text: "hf buckets list" },
    ],
    python: [
      {
        title: "Make a bucket, send a folder",
        text: `from huggingface_hub import HfApi\n\napi = HfApi(endpoint=${literal(origin)})\napi.create_bucket(${literal(`${owner}/my-bucket`)}, exist_ok=True)\napi.sync_bucket(\n    "./my-folder",\n    ${literal(formatHandle(`${owner}/my-bucket`))},\n)`,
      },
    ],
    js: [
      {
        title: "Make a bucket",
        text: `import { createRepo } from "@huggingface/hub";\n\nawait createRepo({\n  repo: { type: "bucket", name: ${literal(`${owner}/my-bucket`)} },\n  hubUrl: ${literal(origin)},\n  accessToken: process.env.HF_TOKEN,\n});`,
      },
    ],
  };
}
