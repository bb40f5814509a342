import { execFileSync } from "node:child_process";
import { expect, it } from "vitest";
import { fileSnippets, readSnippets, writeSnippets } from "./snippets.ts";

const ORIGIN = "http://localhost:3000";

/** What a shell makes of a command: its words. */
function wordsOf(command: string): string[] {
  const output = execFileSync("sh", ["-c", command.replace(/^hf /, "printf '%s\\n' ")], { encoding: "utf8" });
  return output.trimEnd().split("\n");
}

it.each(["plain/name.bin", "a b/c'd.txt", "$(touch x)/`y`.md", 'quote".json', "日本/é.txt", "-rf/*.bin"])(
  "a shell hands the path %j to the client as it is",
  (path) => {
    const fetchIt = fileSnippets("ns/bucket", path, ORIGIN).cli[0]!.text;
    const name = path.slice(path.lastIndexOf("/") + 1);
    expect(wordsOf(fetchIt)).toEqual(["buckets", "cp", `hf://buckets/ns/bucket/${path}`, `./${name}`]);
    const sync = readSnippets("ns/bucket", path, ORIGIN).cli[0]!.text;
    expect(wordsOf(sync)).toEqual(["buckets", "sync", `hf://buckets/ns/bucket/${path}`, `./${name}`]);
  },
);

it("names the bucket's own folder at the root, and this server's address", () => {
  const { cli, python, js } = writeSnippets("ns/bucket", "", ORIGIN);
  expect(wordsOf(cli[0]!.text)).toEqual([
    "buckets",
    "sync",
    "./bucket",
    "hf://buckets/ns/bucket",
    "--plan",
    "sync-plan.jsonl",
  ]);
  for (const { text } of [...python, ...js]) expect(text).toContain(`"${ORIGIN}"`);
});

it("writes paths into code as literals that can not end early", () => {
  const path = 'a"b\\c\n.txt';
  for (const { text } of [...fileSnippets("ns/bucket", path, ORIGIN).js]) expect(text).toContain(JSON.stringify(path));
});
