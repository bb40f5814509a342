/** Who has the server's secret runs it: how a script on the same machine asks the running server for something. */
import { createHmac, timingSafeEqual } from "node:crypto";
import { HubError } from "#lib/core/errors.ts";

/** Seconds that such a request may take to arrive. */
const LIFETIME = 60;

export interface Operator {
  createToken(): string;
  /** Throws Unauthorized. */
  check(bearer: string | null): void;
}

export function createOperator({ secret, clock }: { secret: string; clock: () => number }): Operator {
  const now = () => Math.floor(clock() / 1000);
  const sign = (expires: string) =>
    createHmac("sha256", secret).update(`cooperage operator\n${expires}`).digest("base64url");
  return {
    createToken() {
      const expires = String(now() + LIFETIME);
      return `operator_${expires}.${sign(expires)}`;
    },
    check(bearer) {
      const [, expires, signature] = /^operator_(\d{1,12})\.([\w-]{43})$/.exec(bearer ?? "") ?? [];
      const good = signature !== undefined && timingSafeEqual(Buffer.from(signature), Buffer.from(sign(expires!)));
      if (!good || Number(expires) <= now()) {
        throw new HubError("Unauthorized", "Only who runs this server may ask for that (npm run gc).");
      }
    },
  };
}
