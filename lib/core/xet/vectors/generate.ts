/** The data that the vectors speak of (their `generator`), and some of the same kind for other tests. */

/** SplitMix64 from `seed`: `size` bytes, u64 by u64, little-endian. */
export function splitmix64(size: number, seed: number): Uint8Array<ArrayBuffer> {
  const words = new BigUint64Array(Math.ceil(size / 8));
  let state = BigInt(seed);
  for (let index = 0; index < words.length; index++) {
    state = BigInt.asUintN(64, state + 0x9e3779b97f4a7c15n);
    let z = state;
    z = BigInt.asUintN(64, (z ^ (z >> 30n)) * 0xbf58476d1ce4e5b9n);
    z = BigInt.asUintN(64, (z ^ (z >> 27n)) * 0x94d049bb133111ebn);
    words[index] = z ^ (z >> 31n);
  }
  return new Uint8Array(words.buffer, 0, size);
}

/** Byte i = i * a + b (mod 256). */
export function ramp(size: number, a: number, b: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length: size }, (_, index) => index * a + b);
}

/** `pattern` and `padding` zeros, repeated. */
export function triggering(size: number, pattern: number[], padding: number): Uint8Array<ArrayBuffer> {
  const period = pattern.length + padding;
  return Uint8Array.from({ length: size }, (_, index) => pattern[index % period] ?? 0);
}

/** Numbers in [0, 1): mulberry32. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** Incompressible bytes, quickly. */
export function randomBytes(size: number, seed: number): Uint8Array<ArrayBuffer> {
  const random = seededRandom(seed);
  const words = new Uint32Array(Math.ceil(size / 4));
  for (let index = 0; index < words.length; index++) words[index] = random() * 4294967296;
  return new Uint8Array(words.buffer, 0, size);
}

/** Weights as training leaves them: normal with deviation 0.02, as bf16 (the upper half of an f32), little-endian. */
export function bf16Weights(size: number, seed: number): Uint8Array<ArrayBuffer> {
  const random = seededRandom(seed);
  const halves = new Uint16Array(Math.ceil(size / 2));
  const single = new Float32Array(1);
  const bits = new Uint32Array(single.buffer);
  for (let index = 0; index < halves.length; index++) {
    single[0] = 0.02 * Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
    halves[index] = bits[0] >>> 16;
  }
  return new Uint8Array(halves.buffer, 0, size);
}
