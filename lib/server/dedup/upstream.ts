/** In front of an upstream Hub there are no figures: what its buckets are made of is known there. */
import { HubError } from "#lib/core/errors.ts";
import type { Dedup } from "./dedup.ts";

export function createUpstreamDedup(): Dedup {
  const refuse = async (): Promise<never> => {
    throw new HubError("NotFound", "Dedup figures are kept for the embedded Hub only, not in front of another one.");
  };
  return {
    summary: refuse,
    listEntries: refuse,
    selection: refuse,
    matrix: refuse,
    checkpoints: refuse,
    history: refuse,
    files: refuse,
    map: refuse,
    range: refuse,
    store: refuse,
    weighPlan: refuse,
    touch() {},
    idle: async () => {},
    close: async () => {},
  };
}
