/** The models that the worker keeps, the ones used last, up to a budget of bytes. */
import { HubError } from "#lib/core/errors.ts";
import type { DedupSetRow } from "../db/schema.ts";
import type { Connection } from "../db/statements.ts";
import { type BucketSums, computeSums } from "./compute.ts";
import { loadModel } from "./load.ts";
import { type BucketModel, modelCost } from "./model.ts";

export interface KeptModel {
  model: BucketModel;
  sums(): Promise<BucketSums>;
}

export interface Models {
  /** The model that the set was computed from. Throws Unavailable when the bucket has changed since and it is gone. */
  get(db: Connection, set: DedupSetRow): Promise<KeptModel>;
  put(model: BucketModel, sums: BucketSums): void;
}

export function notYet(): HubError {
  return new HubError("Unavailable", "The figures of this bucket are being computed; ask again in a moment.", {
    headers: { "Retry-After": "2" },
  });
}

export function createModels(budget: number): Models {
  const kept = new Map<number, KeptModel>();
  const loading = new Map<number, Promise<KeptModel>>();

  function keep(model: BucketModel, known?: BucketSums): KeptModel {
    let sums = known === undefined ? undefined : Promise.resolve(known);
    const made: KeptModel = {
      model,
      sums() {
        sums ??= computeSums(model, () => {});
        return sums;
      },
    };
    kept.delete(model.bucketId);
    kept.set(model.bucketId, made);
    let bytes = 0;
    // From the newest to the oldest; the newest stays whatever it costs.
    for (const [bucketId, { model: other }] of [...kept].reverse()) {
      bytes += modelCost(other) + 64 * (other.tree.leaves + other.tree.folders);
      if (bytes > budget && other !== model) kept.delete(bucketId);
    }
    return made;
  }

  async function load(db: Connection, { bucket_id, version, as_of }: DedupSetRow): Promise<KeptModel> {
    const model = await loadModel(db, bucket_id, as_of);
    if (model === undefined || model.version !== version) throw notYet();
    return keep(model);
  }

  return {
    async get(db, set) {
      const found = kept.get(set.bucket_id);
      if (found?.model.version === set.version) {
        kept.delete(set.bucket_id);
        kept.set(set.bucket_id, found);
        return found;
      }
      let running = loading.get(set.bucket_id);
      if (running === undefined) {
        running = load(db, set).finally(() => loading.delete(set.bucket_id));
        loading.set(set.bucket_id, running);
      }
      const made = await running;
      if (made.model.version !== set.version) throw notYet();
      return made;
    },
    put: (model, sums) => void keep(model, sums),
  };
}
