/** Making, hashing and sealing what must not be readable in the database. */
import {
  createCipheriv,
  createDecipheriv,
  createHash,
  hkdfSync,
  randomBytes,
  scrypt,
  timingSafeEqual,
} from "node:crypto";

/** What is looked up by: a fast hash is enough, because the secret has 128 bits of chance and more. */
export function hashSecret(secret: string): Uint8Array {
  return createHash("sha256").update(secret).digest();
}

const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/** `hf_` and 37 letters (clients refuse any other prefix): 210 bits. */
export function makeToken(): string {
  let text = "hf_";
  while (text.length < 40) {
    // 208 = 4 x 52: the bytes above would favour the first letters.
    for (const byte of randomBytes(64)) if (byte < 208 && text.length < 40) text += LETTERS[byte % 52];
  }
  return text;
}

/** 256 bits as text that is safe in a URL or a cookie. */
export function makeCode(): string {
  return randomBytes(32).toString("base64url");
}

/** Of scrypt. */
export interface PasswordCost {
  N: number;
  r: number;
  p: number;
}

/** 32 MiB and some 200 ms, in libuv's pool. */
export const PASSWORD_COST: PasswordCost = { N: 32768, r: 8, p: 3 };

function derive(password: string, salt: Buffer, { N, r, p }: PasswordCost): Promise<Buffer> {
  return new Promise((resolve, reject) =>
    scrypt(password.normalize("NFKC"), salt, 32, { N, r, p, maxmem: 256 * N * r }, (error, key) =>
      error ? reject(error) : resolve(key),
    ),
  );
}

/** `scrypt:N.r.p:salt:hash`, so that the cost can grow without breaking old ones. */
export async function hashPassword(password: string, cost: PasswordCost): Promise<string> {
  const salt = randomBytes(16);
  const key = await derive(password, salt, cost);
  return `scrypt:${cost.N}.${cost.r}.${cost.p}:${salt.toString("base64url")}:${key.toString("base64url")}`;
}

/** `stored` null takes as long as a wrong password of `cost` does, so that time does not tell which names exist. */
export async function checkPassword(password: string, stored: string | null, cost: PasswordCost): Promise<boolean> {
  const [, hashed, salt, hash] = (stored ?? "").split(":");
  if (hashed === undefined || salt === undefined || hash === undefined) {
    await derive(password, Buffer.alloc(16), cost);
    return false;
  }
  const [N = 0, r = 0, p = 0] = hashed.split(".").map(Number);
  const key = await derive(password, Buffer.from(salt, "base64url"), { N, r, p });
  return timingSafeEqual(key, Buffer.from(hash, "base64url"));
}

export interface Sealer {
  /** AES-256-GCM: 12 bytes nonce, 16 bytes tag, then the text. */
  seal(text: string): Uint8Array;
  /** null when it was sealed under another secret or was changed. */
  open(sealed: Uint8Array): string | null;
}

export function createSealer(secret: string): Sealer {
  const key = Buffer.from(hkdfSync("sha256", secret, "", "cooperage upstream session", 32));
  return {
    seal(text) {
      const nonce = randomBytes(12);
      const cipher = createCipheriv("aes-256-gcm", key, nonce);
      const body = Buffer.concat([cipher.update(text, "utf8"), cipher.final()]);
      return Buffer.concat([nonce, cipher.getAuthTag(), body]);
    },
    open(sealed) {
      try {
        const decipher = createDecipheriv("aes-256-gcm", key, sealed.subarray(0, 12));
        decipher.setAuthTag(sealed.subarray(12, 28));
        return decipher.update(sealed.subarray(28), undefined, "utf8") + decipher.final("utf8");
      } catch {
        return null;
      }
    },
  };
}
