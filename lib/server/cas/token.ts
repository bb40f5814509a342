/**
 * What clients carry to the content store, signed with the server's secret and kept nowhere: access tokens (7) and xorb URLs
 * (6.4). A token is good until it expires, whatever happens: `hf_xet` takes a 401 as the end.
 */
import { createCipheriv, createDecipheriv, createHmac, timingSafeEqual } from "node:crypto";
import { HubError } from "#lib/core/errors.ts";
import type { ByteRange, CasAccess } from "./cas.ts";

/** Seconds. Clients refresh 30 to 60 s before the end. */
const TOKEN_LIFETIME = 3600;
/** Seconds that a xorb URL lasts at least, and the grid its end lies on: equal questions within it get equal URLs. */
const URL_LIFETIME = 3600;
/** ms after which no URL that was signed before is good any more. */
export const URLS_EXPIRE = 2 * URL_LIFETIME * 1000;

/** What a xorb URL opens: bytes as they lay in one layout of the xorb. */
export interface SignedRanges {
  xorbId: number;
  layout: number;
  ranges: ByteRange[];
}

export interface Signer {
  createToken(access: CasAccess): { accessToken: string; exp: number };
  /** A name that says nothing to others, the same for the same words. */
  nameOf(words: string): string;
  /** Throws Unauthorized: absent, malformed, forged or expired; Forbidden: read where write is needed. */
  checkToken(bearer: string | null, scope: "read" | "write"): CasAccess;
  /** Query of a URL for exactly these bytes of a xorb. */
  signRanges(hash: string, signed: SignedRanges): URLSearchParams;
  /** Throws Forbidden. */
  checkRanges(hash: string, query: URLSearchParams): SignedRanges;
}

export function createSigner({ secret, clock }: { secret: string; clock: () => number }): Signer {
  const now = () => Math.floor(clock() / 1000);
  /** Kinds keep a signature of one thing from passing as another's. */
  const sign = (kind: "token" | "xorb" | "name", text: string) =>
    createHmac("sha256", secret).update(`cooperage xet ${kind}\n${text}`).digest("base64url");
  const isSigned = (kind: "token" | "xorb", text: string, signature: string) => {
    const expected = Buffer.from(sign(kind, text));
    const given = Buffer.from(signature);
    return given.length === expected.length && timingSafeEqual(given, expected);
  };

  /**
   * Which xorb and layout a URL is for, as text that is the same for the same and says nothing: numbers would tell how many xorbs
   * there are, and that others have sent this one or dropped chunks of it. One block, so that AES alone is a permutation.
   */
  const key = createHmac("sha256", secret).update("cooperage xet place").digest().subarray(0, 16);
  const hide = (xorbId: number, layout: number) => {
    const block = Buffer.alloc(16);
    block.writeUIntBE(xorbId, 0, 6);
    block.writeUIntBE(layout, 6, 6);
    const cipher = createCipheriv("aes-128-ecb", key, null).setAutoPadding(false);
    return Buffer.concat([cipher.update(block), cipher.final()]).toString("base64url");
  };
  const seek = (place: string) => {
    const decipher = createDecipheriv("aes-128-ecb", key, null).setAutoPadding(false);
    const block = Buffer.concat([decipher.update(place, "base64url"), decipher.final()]);
    return { xorbId: block.readUIntBE(0, 6), layout: block.readUIntBE(6, 6) };
  };

  return {
    createToken({ bucketId, accountId, scope, reach }) {
      const exp = now() + TOKEN_LIFETIME;
      const claims = Buffer.from(JSON.stringify({ bucketId, accountId, scope, reach, exp })).toString("base64url");
      return { accessToken: `xet_${claims}.${sign("token", claims)}`, exp };
    },

    nameOf: (words) => sign("name", words).slice(0, 22),

    checkToken(bearer, scope) {
      if (bearer === null) throw new HubError("Unauthorized", "The content store needs a xet token.");
      const [, claims, signature] = /^xet_([\w-]{1,1000})\.([\w-]{43})$/.exec(bearer) ?? [];
      if (claims === undefined || !isSigned("token", claims, signature)) {
        throw new HubError("Unauthorized", "Invalid xet token.");
      }
      const { exp, ...access } = JSON.parse(Buffer.from(claims, "base64url").toString()) as CasAccess & { exp: number };
      if (exp <= now()) throw new HubError("Unauthorized", "The xet token has expired.");
      if (scope === "write" && access.scope !== "write") {
        throw new HubError("Forbidden", "The xet token is for reading only.");
      }
      return access;
    },

    signRanges(hash, { xorbId, layout, ranges }) {
      const bytes = ranges.map(({ start, end }) => `${start}-${end}`).join(",");
      const expires = String((Math.floor(now() / URL_LIFETIME) + 2) * URL_LIFETIME);
      const place = hide(xorbId, layout);
      const signature = sign("xorb", rangesText(hash, bytes, expires, place));
      return new URLSearchParams({ bytes, expires, place, signature });
    },

    checkRanges(hash, query) {
      const bytes = query.get("bytes") ?? "";
      const expires = query.get("expires") ?? "";
      const place = query.get("place") ?? "";
      if (!isSigned("xorb", rangesText(hash, bytes, expires, place), query.get("signature") ?? "")) {
        throw new HubError("Forbidden", "The URL of this xorb is not signed by this server.");
      }
      if (Number(expires) <= now()) throw new HubError("Forbidden", "The URL of this xorb has expired.");
      const ranges = bytes.split(",").map((range) => {
        const [start, end] = range.split("-").map(Number);
        return { start, end };
      });
      return { ...seek(place), ranges };
    },
  };
}

/** What is signed. */
function rangesText(hash: string, bytes: string, expires: string, place: string): string {
  return [hash, bytes, expires, place].join("\n");
}
