/** A plan as a file: as it was submitted, and what of it may run. */
import { HubError } from "#lib/core/errors.ts";
import { formatHeader, formatNote, formatOperation } from "#lib/core/plan/codec.ts";
import type { PlanKind } from "#lib/core/plan/plan.ts";
import { grantPlan, type PlansContext } from "./context.ts";
import { loadCoverage } from "./coverage.ts";
import { toOperation } from "./operations.ts";
import { readOriginal } from "./original.ts";
import type { Plans } from "./plans.ts";
import { approvedOperations } from "./runnable.ts";
import { countChanges } from "./status.ts";
import { coveredTotals } from "./totals.ts";

/** Lines of one write. */
const PIECE = 1000;
const KINDS: PlanKind[] = ["add", "overwrite", "delete", "download"];

export function createFileVerbs({
  db: { read: db },
  blobs,
  clock,
}: PlansContext): Pick<Plans, "original" | "approvedFile"> {
  return {
    async original(actor, id) {
      const { plan } = await grantPlan(db, actor, id);
      return readOriginal(blobs, plan.sha256);
    },

    async approvedFile(actor, id) {
      const { plan } = await grantPlan(db, actor, id);
      if (plan.direction === "copy") {
        throw new HubError("Conflict", "No client applies a plan between buckets; run it on the server.");
      }
      const coverage = await loadCoverage(db, plan, clock());
      const { runnable } = await coveredTotals(db, plan, coverage);
      if (countChanges(runnable) === 0) {
        throw new HubError(
          "Conflict",
          `Nothing of plan ${id} may run: it is not approved, has run, or is out of date.`,
        );
      }
      return lines();

      async function* lines(): AsyncGenerator<Uint8Array> {
        const { add, overwrite, download } = runnable;
        const summary = {
          uploads: add.count + overwrite.count,
          downloads: download.count,
          deletes: runnable.delete.count,
          skips: 0,
          totalSize: add.bytes + overwrite.bytes + download.bytes,
        };
        const { source, dest, timestamp, version, digest } = plan;
        const review = {
          plan: id,
          version,
          digest,
          approved_by: coverage.standing.approvals.map(({ person }) => person.name),
        };
        let text = `${formatHeader({ source, dest, timestamp, summary })}\n${formatNote("review", review)}\n`;
        let count = 0;
        for await (const row of approvedOperations(db, plan, coverage, { kinds: KINDS })) {
          text += `${formatOperation(toOperation(row, plan))}\n`;
          if (++count % PIECE !== 0) continue;
          yield Buffer.from(text);
          text = "";
        }
        if (text !== "") yield Buffer.from(text);
      }
    },
  };
}
