import { expect, test } from "vitest";
import { type Dropped, readFiles, readHandles, readTransfer } from "./drop.ts";
import { createFilter } from "./filter.ts";
import { nameBeside } from "./plan.ts";

type Tree = { [name: string]: Tree | null };

/** As browsers give folders: up to a hundred entries at a time, then none. */
function entryOf(name: string, tree: Tree | null): FileSystemEntry {
  if (tree === null) {
    const file = (found: (file: File) => void, failed: (error: Error) => void) =>
      name.startsWith("gone") ? failed(new DOMException("gone", "NotFoundError")) : found(new File([name], name));
    return { name, isFile: true, isDirectory: false, file } as unknown as FileSystemEntry;
  }
  const createReader = () => {
    const left = Object.entries(tree).map(([child, below]) => entryOf(child, below));
    const readEntries = (found: (some: FileSystemEntry[]) => void, failed: (error: Error) => void) =>
      setTimeout(() => {
        if (name === "locked" && left.length < 100) failed(new DOMException("locked", "NotReadableError"));
        else found(left.splice(0, 100));
      });
    return { readEntries };
  };
  return { name, isFile: false, isDirectory: true, createReader } as unknown as FileSystemEntry;
}

function transferOf(entries: FileSystemEntry[], files: File[] = []): DataTransfer {
  const items = [
    { kind: "string", webkitGetAsEntry: () => null, getAsFile: () => null },
    ...entries.map((entry) => ({ kind: "file", webkitGetAsEntry: () => entry })),
    ...files.map((file) => ({ kind: "file", webkitGetAsEntry: () => null, getAsFile: () => file })),
  ];
  return { items, files } as unknown as DataTransfer;
}

async function walk(dropped: Dropped | null, globs: string[] = []): Promise<{ paths: string[]; left: string[] }> {
  const paths: string[] = [];
  const left: string[] = [];
  for await (const { path } of dropped!.files(createFilter(globs), (path) => left.push(path))) paths.push(path);
  return { paths, left };
}

test("folders are walked with all they hold, but for what is left out", async () => {
  const many = Object.fromEntries(Array.from({ length: 250 }, (_, i) => [`${i}.txt`, null]));
  const run = entryOf("run", {
    many,
    ".git": { config: null },
    a: { b: { "c.bin": null } },
    empty: {},
  });
  const dropped = readTransfer(transferOf([run, entryOf("top.txt", null)]));
  expect(dropped!.name).toBeNull();
  const { paths, left } = await walk(dropped, [".git/"]);
  expect(paths.length).toBe(252);
  expect(paths.slice(-2)).toEqual(["run/a/b/c.bin", "top.txt"]);
  expect(left).toEqual(["run/.git"]);
  expect(readTransfer(transferOf([run]))!.name).toBe("run");
});

test("what cannot be had is told, with what comes before and after it", async () => {
  const many = Object.fromEntries(Array.from({ length: 150 }, (_, i) => [`${i}.txt`, null]));
  const run = entryOf("run", { "a.txt": null, "gone.txt": null, locked: many, "z.txt": null });
  const found = await Array.fromAsync(readTransfer(transferOf([run]))!.files());
  const faults = found.filter(({ fault }) => fault !== undefined);
  expect(faults.map(({ path, file, fault }) => [path, file.size, fault])).toEqual([
    ["run/gone.txt", 0, { reason: "vanished", message: "gone" }],
    ["run/locked", 0, { reason: "unreadable", message: "locked" }],
  ]);
  // A file can be asked for once more, a folder can not.
  expect(faults.map(({ open }) => open !== undefined)).toEqual([true, false]);
  expect(found.length).toBe(2 + 2 + 100);
  expect(found.at(-1)!.path).toBe("run/z.txt");
});

test("pasted pictures have no entry, text is no drop", async () => {
  const pasted = readTransfer(transferOf([], [new File(["x"], "image.png")]));
  expect(pasted!.name).toBe("image.png");
  expect((await walk(pasted)).paths).toEqual(["image.png"]);
  expect(readTransfer(transferOf([]))).toBeNull();
});

test("picked folders keep their relative paths", async () => {
  const files = ["run/a.txt", "run/b/c.txt"].map((path) =>
    Object.assign(new File(["x"], path.split("/").at(-1)!), { webkitRelativePath: path }),
  );
  const dropped = readFiles(files);
  expect(dropped.name).toBe("run");
  expect((await walk(dropped)).paths).toEqual(["run/a.txt", "run/b/c.txt"]);
  const slashed = Object.assign(new File(["x"], "back\\slash"), { webkitRelativePath: "run/back/slash" });
  expect((await walk(readFiles([slashed]))).paths).toEqual(["run/back\\slash"]);
});

test("directory handles are walked alike", async () => {
  const file = (name: string) => ({ kind: "file", name, getFile: async () => new File(["x"], name) });
  const folder = (name: string, children: unknown[]): unknown => ({
    kind: "directory",
    name,
    async *values() {
      yield* children;
    },
  });
  const handle = folder("run", [file("a"), folder("__pycache__", [file("b")]), folder("c", [file("d")])]);
  const { paths, left } = await walk(readHandles([handle as FileSystemDirectoryHandle]), ["__pycache__/"]);
  expect([paths, left]).toEqual([["run/a", "run/c/d"], ["run/__pycache__"]]);
});

test("what can be kept of a drop is kept only when it stands for all of it", async () => {
  const handle = { kind: "file", name: "a.txt" };
  const item = (gives: unknown) => ({
    kind: "file",
    webkitGetAsEntry: () => entryOf("a.txt", null),
    getAsFileSystemHandle: async () => gives,
  });
  const handlesOf = (...gives: unknown[]) =>
    readTransfer({ items: gives.map(item), files: [] } as unknown as DataTransfer)!.handles!();
  expect(await handlesOf(handle, handle)).toEqual([handle, handle]);
  expect(await handlesOf(handle, null)).toBeNull();
  expect(await readTransfer(transferOf([entryOf("a.txt", null)]))!.handles!()).toBeNull();
});

test("nothing is kept of a drop where handles would leave a file out", async () => {
  const keeps = async (name: string) => {
    const run = entryOf("run", { "plain.txt": null, sub: { [name]: null } });
    const item = {
      kind: "file",
      webkitGetAsEntry: () => run,
      getAsFileSystemHandle: async () => ({ kind: "directory", name: "run" }),
    };
    const dropped = readTransfer({ items: [item], files: [] } as unknown as DataTransfer)!;
    expect((await walk(dropped)).paths).toEqual(["run/plain.txt", `run/sub/${name}`]);
    return (await dropped.handles!()) !== null;
  };
  // All that Chromium left out of a folder on Linux.
  const out = [
    "  lead",
    "2026-11-27T08:22:38.log",
    "x.scf",
    "desktop.ini",
    "lt<gt>",
    "what?.txt",
    'q"uote',
    "con",
    "star*",
  ];
  out.push("dot.", "pipe|", "x.url", "a:b.txt", "sp ", "a.lnk", "nul.txt", "back\\slash");
  for (const name of out) expect(await keeps(name), name).toBe(false);
  for (const name of [".hidden", "日本.bin", "ünïcode", "emoji😀", "model-00001.safetensors", "a b.c", "console.log"]) {
    expect(await keeps(name), name).toBe(true);
  }
});

test("a file that was written to is opened anew", async () => {
  let text = "before";
  const entry = {
    name: "a.txt",
    isFile: true,
    file: (found: (file: File) => void) => found(new File([text], "a.txt")),
  } as unknown as FileSystemEntry;
  for await (const { file, open } of readTransfer(transferOf([entry]))!.files()) {
    text = "after it";
    expect(await file.text()).toBe("before");
    expect(await (await open!()).text()).toBe("after it");
  }
});

test("names beside a name", () => {
  expect(nameBeside("a.txt", 2)).toBe("a (2).txt");
  expect(nameBeside("d/a.tar.gz", 3)).toBe("d/a (3).tar.gz");
  expect(nameBeside(".env", 2)).toBe(".env (2)");
  expect(nameBeside("d.e/README", 2)).toBe("d.e/README (2)");
});

test("files of a folder are opened ahead, and come in order", async () => {
  let open = 0;
  let most = 0;
  const file = (name: string) => ({
    kind: "file",
    name,
    async getFile() {
      most = Math.max(most, ++open);
      await new Promise((resolve) => setTimeout(resolve, 2));
      open -= 1;
      return new File(["x"], name);
    },
  });
  const names = Array.from({ length: 230 }, (_, i) => `${i}`);
  const folder = {
    kind: "directory",
    name: "run",
    async *values() {
      yield* names.map(file);
    },
  };
  const { paths } = await walk(readHandles([folder as unknown as FileSystemHandle]));
  expect(paths).toEqual(names.map((name) => `run/${name}`));
  expect(most).toBe(16);
});
