import { expect, test } from "vitest";
import { type DedupEntry, NO_FIGURES } from "#lib/core/bucket/dedup/figures.ts";
import { stateOf, toggled } from "./picked.ts";

const entry = (path: string, type: DedupEntry["type"] = "folder"): DedupEntry => ({
  path,
  type,
  nested: false,
  figures: NO_FIGURES,
});

test("a folder stands for what is below it", () => {
  let picked: ReadonlyMap<string, DedupEntry> = new Map();
  picked = toggled(picked, entry("runs/a"));
  picked = toggled(picked, entry("runs/b/x.bin", "file"));
  picked = toggled(picked, entry("runs2"));
  expect(stateOf(picked, "runs")).toBe("mixed");
  expect(stateOf(picked, "runs/a/deep/file")).toBe("inside");
  expect(stateOf(picked, "runs/ab")).toBe("off");
  picked = toggled(picked, entry("runs"));
  expect([...picked.keys()]).toEqual(["runs2", "runs"]);
  expect(stateOf(picked, "runs/b/x.bin")).toBe("inside");
  expect(stateOf(toggled(picked, entry("runs")), "runs/b/x.bin")).toBe("off");
});
