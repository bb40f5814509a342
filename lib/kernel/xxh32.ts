// xxHash32 with seed 0: the checksum of LZ4 frames (Cyan4973/xxHash, doc/xxhash_spec.md).

const PRIME1: u32 = 0x9e3779b1;
const PRIME2: u32 = 0x85ebca77;
const PRIME3: u32 = 0xc2b2ae3d;
const PRIME4: u32 = 0x27d4eb2f;
const PRIME5: u32 = 0x165667b1;

function round(lane: u32, word: u32): u32 {
  return rotl<u32>(lane + word * PRIME2, 13) * PRIME1;
}

export function xxh32(input: usize, length: usize): u32 {
  let p = input;
  const end = input + length;
  let h: u32 = PRIME5;
  if (length >= 16) {
    let a: u32 = PRIME1 + PRIME2;
    let b: u32 = PRIME2;
    let c: u32 = 0;
    let d: u32 = 0 - PRIME1;
    while (end - p >= 16) {
      a = round(a, load<u32>(p));
      b = round(b, load<u32>(p, 4));
      c = round(c, load<u32>(p, 8));
      d = round(d, load<u32>(p, 12));
      p += 16;
    }
    h = rotl<u32>(a, 1) + rotl<u32>(b, 7) + rotl<u32>(c, 12) + rotl<u32>(d, 18);
  }
  h += <u32>length;
  while (end - p >= 4) {
    h = rotl<u32>(h + load<u32>(p) * PRIME3, 17) * PRIME4;
    p += 4;
  }
  while (p < end) {
    h = rotl<u32>(h + <u32>load<u8>(p) * PRIME5, 11) * PRIME1;
    ++p;
  }
  h = (h ^ (h >> 15)) * PRIME2;
  h = (h ^ (h >> 13)) * PRIME3;
  return h ^ (h >> 16);
}
