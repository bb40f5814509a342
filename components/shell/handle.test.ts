import { expect, it } from "vitest";
import { pageOfHandle } from "./handle.ts";

it.each([
  ["hf://buckets/aster-lab/kestrel", "/buckets/aster-lab/kestrel"],
  ["  hf://buckets/aster-lab/kestrel/runs/a b#1/ ", "/buckets/aster-lab/kestrel/tree/runs/a%20b%231"],
  ["aster-lab/kestrel", "/buckets/aster-lab/kestrel"],
  ["buckets/aster-lab/kestrel/x", "/buckets/aster-lab/kestrel/tree/x"],
  ["https://huggingface.co/buckets/aster-lab/kestrel/blob/a%20b.txt", "/buckets/aster-lab/kestrel/blob/a%20b.txt"],
  ["https://huggingface.co/buckets/a/b/resolve/x/y.bin?download=true", "/buckets/a/b/blob/x/y.bin"],
  ["http://localhost:3000/buckets/a/b/tree/runs", "/buckets/a/b/tree/runs"],
  ["hf://buckets/a/b/tree", "/buckets/a/b/tree/tree"],
])("%s leads to %s", (text, page) => expect(pageOfHandle(text)).toBe(page));

it.each(["kestrel", "", "https://example.org/x/y", "hf://buckets/a", "hf://buckets/a/b--c"])(
  "%j leads nowhere",
  (text) => expect(pageOfHandle(text)).toBeNull(),
);

it("leaves an illegal path out", () => expect(pageOfHandle("hf://buckets/a/b/../c")).toBe("/buckets/a/b"));
