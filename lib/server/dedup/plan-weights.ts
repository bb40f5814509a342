/**
 * Weights of plans on the main thread: computed one after another in the worker, remembered by what they were computed from. Who asks waits
 * a moment; what takes longer is there when they ask again.
 */
import { isHubError } from "#lib/core/errors.ts";
import type { PlanWeighing } from "#lib/core/plan/weight.ts";

export interface WeightJob {
  /** Whose: plan, selection, and what the reader can see. */
  key: string;
  /** What it is computed from: the state of the plan and of the bucket. */
  stamp: string;
  compute(): Promise<PlanWeighing>;
}

export interface PlanWeights {
  weigh(job: WeightJob): Promise<PlanWeighing>;
}

interface Remembered {
  stamp: string;
  result: Promise<PlanWeighing>;
}

interface Queued {
  job: WeightJob;
  start(): void;
  drop(): void;
}

export interface PlanWeightsOptions {
  /** Weights that are remembered. */
  keep?: number;
  /** Weighings that wait for their turn; the oldest are given up, and begin anew when somebody still asks. */
  queue?: number;
  /** Ms that an answer waits for its weight. */
  patience?: number;
}

const COMPUTING: PlanWeighing = { weight: null, asOf: 0, pending: true };

export function createPlanWeights({ keep = 256, queue = 16, patience = 500 }: PlanWeightsOptions = {}): PlanWeights {
  const known = new Map<string, Remembered>();
  const waiting: Queued[] = [];
  let busy = false;

  function next(): void {
    if (busy) return;
    const queued = waiting.shift();
    if (queued === undefined) return;
    busy = true;
    queued.start();
  }

  function compute(job: WeightJob): Promise<PlanWeighing> {
    return new Promise((resolve, reject) => {
      const start = async () => {
        try {
          resolve(await job.compute());
        } catch (error) {
          reject(error);
        } finally {
          busy = false;
          next();
        }
      };
      waiting.push({ job, start, drop: () => reject(DROPPED) });
      while (waiting.length > queue) waiting.shift()!.drop();
      next();
    });
  }

  function find(job: WeightJob): Promise<PlanWeighing> {
    const found = known.get(job.key);
    known.delete(job.key);
    if (found?.stamp === job.stamp) {
      known.set(job.key, found);
      return found.result;
    }
    const made = { stamp: job.stamp, result: compute(job) };
    known.set(job.key, made);
    made.result.catch(() => {
      if (known.get(job.key) === made) known.delete(job.key);
    });
    if (known.size > keep) known.delete(known.keys().next().value!);
    return made.result;
  }

  return {
    async weigh(job) {
      let timer: ReturnType<typeof setTimeout> | undefined;
      const patient = new Promise<PlanWeighing>((resolve) => {
        timer = setTimeout(resolve, patience, COMPUTING);
      });
      try {
        return await Promise.race([find(job), patient]);
      } catch (error) {
        // Its turn never came, or the bucket has no figures yet: both pass.
        if (error === DROPPED || isHubError(error, "Unavailable")) return COMPUTING;
        throw error;
      } finally {
        clearTimeout(timer);
      }
    },
  };
}

const DROPPED = new Error("The weighing was given up.");
