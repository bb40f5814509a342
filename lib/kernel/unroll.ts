/**
 * Prints the AssemblyScript of BLAKE3's compression function, its seven rounds unrolled, for `scripts/build-kernel.ts`: once
 * over v128 (four independent inputs, one a lane), once over u32 (one input). Node runs this file; asc reads what it prints.
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

/** How one engine writes its words. */
interface Words {
  add(...terms: string[]): string;
  xor(a: string, b: string): string;
  /** Rotates right by the bits that BLAKE3 uses: 16, 12, 8, 7. */
  rotate(a: string, bits: number): string;
  message(index: number): string;
}

const lanes: Words = {
  add: (...terms) => terms.reduce((sum, term) => `i32x4.add(${sum}, ${term})`),
  xor: (a, b) => `v128.xor(${a}, ${b})`,
  // Whole bytes move by a swizzle whose places come from memory: engines build the constant of a shuffle anew at each use.
  rotate: (a, bits) =>
    bits % 8 === 0
      ? `i8x16.swizzle(${a}, rotate${bits})`
      : `v128.or(i32x4.shr_u(${a}, ${bits}), i32x4.shl(${a}, ${32 - bits}))`,
  message: (index) => `v128.load(BLAKE3_MESSAGE, ${16 * index})`,
};

const single: Words = {
  add: (...terms) => terms.join(" + "),
  xor: (a, b) => `${a} ^ ${b}`,
  rotate: (a, bits) => `rotr<u32>(${a}, ${bits})`,
  message: (index) => `load<u32>(block, ${4 * index})`,
};

/** All rounds over locals s0 to s15; `quarters` of a half round run side by side, statement by statement. */
function rounds({ add, xor, rotate, message }: Words): string {
  const lines: string[] = [];
  let order = Array.from({ length: 16 }, (_, index) => index);
  for (let round = 0; round < 7; round++) {
    for (const half of [0, 4]) {
      const quarters = QUARTERS.slice(half, half + 4).map((names, index) => ({
        s: names.map((name) => `s${name}`),
        x: message(order[2 * (half + index)]),
        y: message(order[2 * (half + index) + 1]),
      }));
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

/** Source of the module `blake3-rounds`: compress4 and compress1. */
export function printRounds(): string {
  const loads = [0, 1, 2, 3].map((quarter) => {
    const inputs = [0, 1, 2, 3].map((lane) => `v128.load(p${lane}, ${16 * quarter})`);
    return `${transpose(inputs, `m${quarter}`)}
    ${[0, 1, 2, 3].map((word) => `v128.store(BLAKE3_MESSAGE, m${quarter}${word}, ${64 * quarter + 16 * word});`).join(" ")}`;
  });
  return `// Printed by lib/kernel/unroll.ts.
import { BLAKE3_MESSAGE } from "../layout";

const ROTATE_8: usize = memory.data<u8>([${places(8).join(", ")}]);
const ROTATE_16: usize = memory.data<u8>([${places(16).join(", ")}]);

/**
 * Four inputs of \`blocks\` whole blocks each, at input, input + stride, ...; lane i counts counter + i * step.
 * \`first\` and \`last\` are flags added for the first and the last block. Writes four packed 32-byte hash values.
 */
export function compress4(input: usize, stride: usize, blocks: i32, counter: u32, step: u32, flags: u32, first: u32, last: u32, key: usize, out: usize): void {
  ${each(8, (i) => `let h${i} = v128.load32_splat(key, ${4 * i});`)}
  let counters = i32x4.splat(counter);
  counters = i32x4.replace_lane(counters, 1, counter + step);
  counters = i32x4.replace_lane(counters, 2, counter + 2 * step);
  counters = i32x4.replace_lane(counters, 3, counter + 3 * step);
  let p0 = input, p1 = p0 + stride, p2 = p1 + stride, p3 = p2 + stride;
  const rotate8 = v128.load(ROTATE_8), rotate16 = v128.load(ROTATE_16);
  flags |= first;
  while (blocks > 0) {
    if (blocks === 1) flags |= last;
    ${loads.join("\n    ")}
    ${each(8, (i) => `let s${i} = h${i};`)}
    ${each(4, (i) => `let s${8 + i} = i32x4.splat(${IV[i]});`)}
    let s12 = counters, s13 = i32x4.splat(0), s14 = i32x4.splat(64), s15 = i32x4.splat(flags);
    ${rounds(lanes)}
    ${each(8, (i) => `h${i} = v128.xor(s${i}, s${i + 8});`)}
    flags &= ~first;
    p0 += 64; p1 += 64; p2 += 64; p3 += 64;
    --blocks;
  }
  ${transpose(["h0", "h1", "h2", "h3"], "low")}
  ${transpose(["h4", "h5", "h6", "h7"], "high")}
  ${each(4, (i) => `v128.store(out, low${i}, ${32 * i}); v128.store(out, high${i}, ${32 * i + 16});`)}
}

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
