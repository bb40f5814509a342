/**
 * Prints the AssemblyScript of BLAKE3's compression function, its seven rounds unrolled, for `scripts/build-kernel.ts`: once
 * over v128 (four independent inputs, one a lane, or twice four), once over u32 (one input). Node runs this file; asc reads what it prints.
 * Source: the BLAKE3 paper, section 2.2.
 */

const PERMUTATION = [2, 6, 3, 10, 7, 0, 4, 13, 1, 11, 12, 5, 9, 14, 15, 8];
const QUARTERS = [
  [0, 4, 8, 12],
  [1, 5, 9, 13],
  [2, 6, 10, 14],
  [3, 7, 11, 15],
  [0, 5, 10, 15],
  [1, 6, 11, 12],
  [2, 7, 8, 13],
  [3, 4, 9, 14],
];
const IV = [0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a];

/** Bytes of one transposed block of four lanes. */
const BLOCK_VECTORS = 256;

/** How one engine writes its words. */
interface Words {
  add(...terms: string[]): string;
  xor(a: string, b: string): string;
  /** Rotates right by the bits that BLAKE3 uses: 16, 12, 8, 7. */
  rotate(a: string, bits: number): string;
  message(index: number, group: number): string;
}

const lanes: Words = {
  add: (...terms) => terms.reduce((sum, term) => `i32x4.add(${sum}, ${term})`),
  xor: (a, b) => `v128.xor(${a}, ${b})`,
  // Whole bytes move by a swizzle whose places come from memory: engines build the constant of a shuffle anew at each use.
  rotate: (a, bits) =>
    bits % 8 === 0
      ? `i8x16.swizzle(${a}, rotate${bits})`
      : `v128.or(i32x4.shr_u(${a}, ${bits}), i32x4.shl(${a}, ${32 - bits}))`,
  message: (index, group) => `v128.load(BLAKE3_MESSAGE, ${BLOCK_VECTORS * group + 16 * index})`,
};

const single: Words = {
  add: (...terms) => terms.join(" + "),
  xor: (a, b) => `${a} ^ ${b}`,
  rotate: (a, bits) => `rotr<u32>(${a}, ${bits})`,
  message: (index) => `load<u32>(block, ${4 * index})`,
};

/**
 * All rounds over locals s0 to s15 and, for a second group, t0 to t15. What runs side by side, statement by statement, does not depend on
 * each other: four quarters of a half round of one group, or two and the same two of the other. A group is one long chain of steps
 * that take two cycles each on some processors, which get through two groups in little more than the time of one.
 */
function rounds({ add, xor, rotate, message }: Words, groups: "s" | "st" = "s"): string {
  const lines: string[] = [];
  const together = 4 / groups.length;
  let order = Array.from({ length: 16 }, (_, index) => index);
  for (let round = 0; round < 7; round++) {
    for (let first = 0; first < 8; first += together) {
      const quarters = [...groups].flatMap((letter, group) =>
        QUARTERS.slice(first, first + together).map((names, index) => ({
          s: names.map((name) => `${letter}${name}`),
          x: message(order[2 * (first + index)], group),
          y: message(order[2 * (first + index) + 1], group),
        })),
      );
      const step = (line: (q: { s: string[]; x: string; y: string }) => string) => lines.push(...quarters.map(line));
      // The message word first: `b` is what the line before has to wait for.
      step(({ s: [a, b], x }) => `${a} = ${add(a, x, b)};`);
      step(({ s: [a, , , d] }) => `${d} = ${xor(d, a)};`);
      step(({ s: [, , , d] }) => `${d} = ${rotate(d, 16)};`);
      step(({ s: [, , c, d] }) => `${c} = ${add(c, d)};`);
      step(({ s: [, b, c] }) => `${b} = ${xor(b, c)};`);
      step(({ s: [, b] }) => `${b} = ${rotate(b, 12)};`);
      step(({ s: [a, b], y }) => `${a} = ${add(a, y, b)};`);
      step(({ s: [a, , , d] }) => `${d} = ${xor(d, a)};`);
      step(({ s: [, , , d] }) => `${d} = ${rotate(d, 8)};`);
      step(({ s: [, , c, d] }) => `${c} = ${add(c, d)};`);
      step(({ s: [, b, c] }) => `${b} = ${xor(b, c)};`);
      step(({ s: [, b] }) => `${b} = ${rotate(b, 7)};`);
    }
    order = PERMUTATION.map((index) => order[index]);
  }
  return lines.join("\n    ");
}

/** Where each byte comes from when every word is rotated right by whole bytes. */
const places = (bits: number) => Array.from({ length: 16 }, (_, byte) => (byte & 12) | ((byte + bits / 8) & 3));

const each = (count: number, line: (index: number) => string) =>
  Array.from({ length: count }, (_, i) => line(i)).join("\n    ");

/** Four vectors a to d of four words each, transposed into `name`0 to 3, as statements. */
function transpose(inputs: string[], name: string): string {
  const [a, b, c, d] = inputs;
  return `const ${name}ab0 = i32x4.shuffle(${a}, ${b}, 0, 4, 1, 5), ${name}ab1 = i32x4.shuffle(${a}, ${b}, 2, 6, 3, 7);
    const ${name}cd0 = i32x4.shuffle(${c}, ${d}, 0, 4, 1, 5), ${name}cd1 = i32x4.shuffle(${c}, ${d}, 2, 6, 3, 7);
    const ${name}0 = i64x2.shuffle(${name}ab0, ${name}cd0, 0, 2), ${name}1 = i64x2.shuffle(${name}ab0, ${name}cd0, 1, 3);
    const ${name}2 = i64x2.shuffle(${name}ab1, ${name}cd1, 0, 2), ${name}3 = i64x2.shuffle(${name}ab1, ${name}cd1, 1, 3);`;
}

/** `compress4` for one group of four lanes, `compress8` for two: see the comments that it prints. */
function compressLanes(groups: "s" | "st"): string {
  const lanesOf = (group: number) => [0, 1, 2, 3].map((lane) => 4 * group + lane);
  const all = [...groups].map((state, group) => ({ state, group, hash: "hg"[group], lanes: lanesOf(group) }));
  const count = 4 * groups.length;
  const perGroup = (line: (group: (typeof all)[number]) => string) => all.map(line).join("\n    ");
  return `export function compress${count}(input: usize, stride: usize, blocks: i32, counter: u32, step: u32, flags: u32, first: u32, last: u32, key: usize, out: usize): void {
  ${perGroup(({ hash }) => each(8, (i) => `let ${hash}${i} = v128.load32_splat(key, ${4 * i});`))}
  ${perGroup(
    ({ group, lanes }) => `let counters${group} = i32x4.splat(counter + ${4 * group} * step);
    ${[1, 2, 3].map((i) => `counters${group} = i32x4.replace_lane(counters${group}, ${i}, counter + ${lanes[i]} * step);`).join("\n    ")}`,
  )}
  let p0 = input;
  ${each(count - 1, (i) => `let p${i + 1} = p${i} + stride;`)}
  const rotate8 = v128.load(ROTATE_8), rotate16 = v128.load(ROTATE_16);
  flags |= first;
  while (blocks > 0) {
    if (blocks === 1) flags |= last;
    ${perGroup(({ group, lanes }) =>
      each(4, (quarter) => {
        const inputs = lanes.map((lane) => `v128.load(p${lane}, ${16 * quarter})`);
        const name = `m${group}${quarter}`;
        const to = BLOCK_VECTORS * group + 64 * quarter;
        return `${transpose(inputs, name)}
    ${each(4, (word) => `v128.store(BLAKE3_MESSAGE, ${name}${word}, ${to + 16 * word});`)}`;
      }),
    )}
    ${perGroup(
      ({ state, hash, group }) => `${each(8, (i) => `let ${state}${i} = ${hash}${i};`)}
    ${each(4, (i) => `let ${state}${8 + i} = i32x4.splat(${IV[i]});`)}
    let ${state}12 = counters${group}, ${state}13 = i32x4.splat(0), ${state}14 = i32x4.splat(64), ${state}15 = i32x4.splat(flags);`,
    )}
    ${rounds(lanes, groups)}
    ${perGroup(({ state, hash }) => each(8, (i) => `${hash}${i} = v128.xor(${state}${i}, ${state}${i + 8});`))}
    flags &= ~first;
    ${each(count, (i) => `p${i} += 64;`)}
    --blocks;
  }
  ${perGroup(({ hash, group }) => {
    const words = (from: number) => [0, 1, 2, 3].map((i) => `${hash}${from + i}`);
    return `${transpose(words(0), `low${group}`)}
    ${transpose(words(4), `high${group}`)}
    ${each(4, (i) => `v128.store(out, low${group}${i}, ${128 * group + 32 * i}); v128.store(out, high${group}${i}, ${128 * group + 32 * i + 16});`)}`;
  })}
}`;
}

/** Source of the module `blake3-rounds`: compress8, compress4 and compress1. */
export function printRounds(): string {
  return `// Printed by lib/kernel/unroll.ts.
import { BLAKE3_MESSAGE } from "../layout";

const ROTATE_8: usize = memory.data<u8>([${places(8).join(", ")}]);
const ROTATE_16: usize = memory.data<u8>([${places(16).join(", ")}]);

/**
 * Eight inputs of \`blocks\` whole blocks each, at input, input + stride, ...; lane i counts counter + i * step.
 * \`first\` and \`last\` are flags added for the first and the last block. Writes eight packed 32-byte hash values.
 */
${compressLanes("st")}

/** The same for four. */
${compressLanes("s")}

/** One block of \`length\` bytes (padded with zeros to 64) into the hash value at \`state\`, in place or to \`out\`. */
export function compress1(state: usize, block: usize, length: u32, counter: u32, flags: u32, out: usize): void {
    ${each(8, (i) => `let s${i} = load<u32>(state, ${4 * i});`)}
    ${each(4, (i) => `let s${8 + i}: u32 = ${IV[i]};`)}
    let s12 = counter, s13: u32 = 0, s14 = length, s15 = flags;
    ${rounds(single)}
    ${each(8, (i) => `store<u32>(out, s${i} ^ s${i + 8}, ${4 * i});`)}
}
`;
}
