import { expect, test } from "vitest";
import { type FileReason, type FileState, NO_FIGURES, NO_SUMS, type UploadFileView } from "./job.ts";
import { addTo } from "./sums.ts";
import { Tally } from "./tally.ts";

const STATES: FileState[] = ["waiting", "reading", "sending", "done", "unchanged", "paused", "cancelled", "failed"];
const REASONS: FileReason[] = ["changed", "refused"];

/** The same numbers every time (mulberry32). */
function dice(seed: number): (sides: number) => number {
  return (sides) => {
    seed = (seed + 0x6d2b79f5) | 0;
    let mixed = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % sides;
  };
}

const roll = dice(3);

function view(id: number): UploadFileView {
  const state = STATES[roll(STATES.length)];
  const [known, repeated, fresh] = [roll(100), roll(100), roll(100)];
  const size = known + repeated + fresh + roll(50);
  const folder = ["", "top/", "top/a/", "top/a/deep/", "top/b/"][Math.floor(id / 150) % 5];
  return {
    ...NO_FIGURES,
    ...{ id, size, known, repeated, fresh, state, read: known + repeated + fresh, packed: roll(100) },
    path: `${folder}file-${id}`,
    reason: state === "failed" ? REASONS[roll(2)] : null,
    message: null,
    xetHash: null,
  };
}

test("after any changes it says what walking all files would say", () => {
  const files = Array.from({ length: 1500 }, (_, id) => view(id));
  const tally = new Tally();
  for (const file of files) tally.count(file, 1);
  for (let change = 0; change < 6000; change++) {
    const id = roll(files.length);
    tally.count(files[id], -1);
    files[id] = view(id);
    tally.count(files[id], 1);
  }

  const sumsOf = (some: UploadFileView[]) => {
    const sums = { ...NO_SUMS };
    for (const file of some) addTo(sums, file, 1);
    return sums;
  };
  const below = (prefix: string) => files.filter(({ path }) => path.startsWith(prefix));
  expect(tally.folders.all).toEqual(sumsOf(files));
  const top = tally.folders.in("top");
  expect(top.folders.map(({ path, sums }) => ({ path, sums }))).toEqual([
    { path: "top/a", sums: sumsOf(below("top/a/")) },
    { path: "top/b", sums: sumsOf(below("top/b/")) },
  ]);
  const moves = ({ state }: UploadFileView) => state === "reading" || state === "sending";
  const right = below("top/file").filter(moves);
  expect(right.length).toBeGreaterThan(0);
  expect([...top.moving].sort((a, b) => a - b)).toEqual(right.map(({ id }) => id));

  expect(tally.totals.files).toBe(files.length);
  for (const state of STATES)
    expect(tally.totals.states[state]).toBe(files.filter((file) => file.state === state).length);
  const failures = tally.failures(files);
  expect(tally.failures(files)).toBe(failures);
  for (const reason of REASONS) {
    const ids = files.filter((file) => file.reason === reason).map(({ id }) => id);
    expect(failures.find((each) => each.reason === reason)?.ids.toSorted((a, b) => a - b)).toEqual(ids);
  }
});

test("the foremost file is one on its way, else one that waits", () => {
  const files = Array.from({ length: 1000 }, (_, id) => ({ ...view(id), state: "waiting" as FileState }));
  const tally = new Tally();
  for (const file of files) tally.count(file, 1);
  const set = (id: number, state: FileState) => {
    tally.count(files[id], -1);
    files[id] = { ...files[id], state };
    tally.count(files[id], 1);
  };
  expect(tally.foremost(files)).toBe(0);
  set(700, "reading");
  expect(tally.foremost(files)).toBe(700);
  set(300, "failed");
  expect(tally.foremost(files)).toBe(300);
  set(300, "done");
  set(700, "done");
  set(0, "done");
  expect(tally.foremost(files)).toBe(1);
  for (const { id } of files) set(id, "done");
  expect(tally.foremost(files)).toBe(-1);
});

test("failures are told by their reason, the first file's words for all", () => {
  const failed = (id: number, reason: FileReason, message: string) =>
    ({ ...view(id), state: "failed", reason, message }) as UploadFileView;
  const files = [failed(0, "changed", "one"), failed(1, "refused", "two"), failed(2, "changed", "three")];
  const tally = new Tally();
  for (const file of files) tally.count(file, 1);
  expect(tally.failures(files)).toMatchObject([
    { reason: "changed", ids: [0, 2], message: "one" },
    { reason: "refused", ids: [1], message: "two" },
  ]);
  tally.count(files[1], -1);
  expect(tally.failures(files)).toHaveLength(1);
});
