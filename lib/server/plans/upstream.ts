/** Over an upstream Hub plans are not offered yet: what a bucket holds and who may change it is known there. */
import { HubError } from "#lib/core/errors.ts";
import type { Plans } from "./plans.ts";

/** Every verb says so in the same sentence, but for the count of what waits: nothing. */
export function createUpstreamPlans(): Plans {
  const refuse = async () => {
    throw new HubError(
      "NotFound",
      "Plans, rules and activity are not offered while this server stands before another Hub.",
    );
  };
  return new Proxy({} as Plans, {
    get: (_, verb) => (verb === "countWaiting" ? async () => 0 : verb === "then" ? undefined : refuse),
  });
}
