/** Two texts line by line, as a reviewer reads them: what stays, what goes, what comes. */

export interface DiffLine {
  mark: "=" | "-" | "+";
  text: string;
  /** Number of the line on its side, from 1; of the old side for "=" and "-". */
  line: number;
}

/** Edits looked for at most; beyond it the texts are shown as replaced as a whole. */
const EDITS_MAX = 1500;

/** Myers' shortest edit, after the common start and end are set aside. */
export function diffLines(before: string, after: string): DiffLine[] {
  const old = before.split("\n");
  const now = after.split("\n");
  let start = 0;
  while (start < old.length && start < now.length && old[start] === now[start]) start++;
  let tail = 0;
  while (tail < old.length - start && tail < now.length - start && old.at(-1 - tail) === now.at(-1 - tail)) tail++;

  const lines: DiffLine[] = [];
  for (let at = 0; at < start; at++) lines.push({ mark: "=", text: old[at]!, line: at + 1 });
  for (const { mark, index } of edits(old.slice(start, old.length - tail), now.slice(start, now.length - tail))) {
    const text = mark === "+" ? now[start + index]! : old[start + index]!;
    lines.push({ mark, text, line: start + index + 1 });
  }
  for (let at = old.length - tail; at < old.length; at++) lines.push({ mark: "=", text: old[at]!, line: at + 1 });
  return lines;
}

interface Edit {
  mark: DiffLine["mark"];
  /** In the old lines for "=" and "-", in the new ones for "+". */
  index: number;
}

function edits(old: string[], now: string[]): Edit[] {
  const most = Math.min(old.length + now.length, EDITS_MAX);
  // How far along `old` each diagonal has come; one copy a round, to walk back by.
  let reach = new Map<number, number>([[1, 0]]);
  const rounds: Map<number, number>[] = [];
  for (let round = 0; round <= most; round++) {
    rounds.push(new Map(reach));
    const next = new Map(reach);
    for (let diagonal = -round; diagonal <= round; diagonal += 2) {
      let x = down(reach, diagonal, round) ? reach.get(diagonal + 1)! : reach.get(diagonal - 1)! + 1;
      while (x < old.length && x - diagonal < now.length && old[x] === now[x - diagonal]) x++;
      next.set(diagonal, x);
      if (x >= old.length && x - diagonal >= now.length) return walkBack(rounds, old.length, now.length);
    }
    reach = next;
  }
  return [
    ...old.map((_, index): Edit => ({ mark: "-", index })),
    ...now.map((_, index): Edit => ({ mark: "+", index })),
  ];
}

/** Whether a diagonal is reached by a line that comes, rather than by one that goes. */
function down(reach: Map<number, number>, diagonal: number, round: number): boolean {
  if (diagonal === -round) return true;
  return diagonal !== round && reach.get(diagonal - 1)! < reach.get(diagonal + 1)!;
}

function walkBack(rounds: Map<number, number>[], oldEnd: number, nowEnd: number): Edit[] {
  const back: Edit[] = [];
  let x = oldEnd;
  let y = nowEnd;
  for (let round = rounds.length - 1; round >= 0; round--) {
    const reach = rounds[round]!;
    const diagonal = x - y;
    const from = down(reach, diagonal, round) ? diagonal + 1 : diagonal - 1;
    const startX = reach.get(from)!;
    const startY = startX - from;
    while (x > Math.max(startX, 0) && y > Math.max(startY, 0)) {
      back.push({ mark: "=", index: --x });
      y--;
    }
    if (round === 0) break;
    if (x === startX) back.push({ mark: "+", index: --y });
    else back.push({ mark: "-", index: --x });
  }
  return back.reverse();
}

/** Long runs of equal lines are folded: `null` stands for what was left out. */
export function foldDiff(lines: DiffLine[], around = 3): (DiffLine | null)[] {
  const near = new Uint8Array(lines.length);
  for (const [at, { mark }] of lines.entries()) {
    if (mark === "=") continue;
    near.fill(1, Math.max(0, at - around), at + around + 1);
  }
  const folded: (DiffLine | null)[] = [];
  for (const [at, line] of lines.entries()) {
    if (near[at]) folded.push(line);
    else if (at === 0 || near[at - 1]) folded.push(null);
  }
  return folded;
}
