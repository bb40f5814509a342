/** All that the worker answers. */
import { createFileAnswers } from "./file.ts";
import { createJobs } from "./jobs.ts";
import type { Models } from "./models.ts";
import { createRankedAnswers } from "./ranked.ts";
import type { Readers } from "./readers.ts";
import { createScopeAnswers } from "./scopes.ts";
import { createSights } from "./sight.ts";
import { createStoreAnswers } from "./store.ts";
import { createTreeAnswers } from "./tree.ts";
import type { Verbs } from "./verbs.ts";
import { createPlanAnswers } from "./weigh-plan.ts";

export interface Parts {
  readers: Readers;
  models: Models;
}

export function createVerbs({ readers, models }: Parts): Verbs {
  const sights = createSights(models);
  return {
    ...createJobs({ readers, models }),
    ...createTreeAnswers({ readers, sights }),
    ...createScopeAnswers({ readers, sights, models }),
    ...createRankedAnswers({ readers, sights }),
    ...createFileAnswers({ readers, sights }),
    ...createStoreAnswers({ readers }),
    ...createPlanAnswers({ readers, sights, models }),
  };
}
