/** The thread that reads and sums. It has connections of its own, which only read; the main thread writes what it finds. */
import { parentPort, workerData } from "node:worker_threads";
import { HubError, isHubError } from "#lib/core/errors.ts";
import { createVerbs } from "./answers.ts";
import { createModels } from "./models.ts";
import { createReaders } from "./readers.ts";
import type { FromThread, ToThread } from "./thread.ts";
import type { VerbName } from "./verbs.ts";

const port = parentPort!;
const { file, modelBytes } = workerData as { file: string; modelBytes: number };
const verbs = createVerbs({ readers: createReaders(file), models: createModels(modelBytes) });

port.on("message", async ({ id, verb, question }: ToThread) => {
  try {
    const answer = await (verbs[verb] as (question: unknown) => Promise<unknown>)(question);
    port.postMessage({ id, answer } satisfies FromThread);
  } catch (error) {
    const { code, message, headers } = isHubError(error) ? error : internal(verb, error as Error);
    port.postMessage({
      id,
      error: { code, message, headers, stack: (error as Error).stack },
    } satisfies FromThread);
  }
});

function internal(verb: VerbName, error: Error): HubError {
  return new HubError("Internal", `Computing figures failed (${verb}): ${error.message}`);
}
