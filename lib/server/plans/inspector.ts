/** Watches the operations of a plan pass on their way in: findings, and the digest that approvals are bound to. */
import { createHash } from "node:crypto";
import { PlanDigest } from "#lib/core/plan/digest.ts";
import { type BestStep, PlanFindings } from "#lib/core/plan/findings.ts";
import {
  FINDING_BITS,
  type Finding,
  type Ground,
  type PlanDirection,
  type PlanKind,
  type PlanOperation,
  type PlanSummary,
} from "#lib/core/plan/plan.ts";
import type { PlanCheck } from "#lib/core/plan/reader.ts";
import type { Database } from "../db/db.ts";
import { findEntry } from "../db/files.ts";
import { changePlanFolders } from "../db/plan-folders.ts";
import { listPlanOperationsByPath, markFindings } from "../db/plan-operations.ts";
import { nextTurn } from "../db/rows.ts";
import type { StoredOperation } from "../db/schema.ts";
import { toOperation } from "./operations.ts";
import { readRules } from "./rules.ts";

/** Rows of one look. */
const PIECE = 2000;

export interface Inspection {
  findings: Finding[];
  checks: PlanCheck[];
  checksPassed: string[];
  digest: string;
}

export interface Inspector {
  /** Bits of the findings that name the operation. */
  inspect(operation: PlanOperation, kind: PlanKind, ground: Ground | null): number;
  /** Once all operations are in the tables. */
  finish(): Promise<Inspection>;
}

export interface InspectedPlan {
  id: number;
  bucketId: number;
  prefix: string;
  direction: PlanDirection;
  /** What the file says of itself; null where nothing does. */
  summary: PlanSummary | null;
  /** May still grow. */
  bestSteps?: BestStep[];
}

export async function createInspector(db: Database, plan: InspectedPlan): Promise<Inspector> {
  const { id, bucketId, prefix, direction, summary, bestSteps } = plan;
  const rules = await readRules(db.read, bucketId);
  const folder = await findEntry(db.read, bucketId, 0, prefix);
  const findings = new PlanFindings({ direction, prefix, summary, rules, files: folder?.files ?? 0, bestSteps });
  const digest = createDigest();

  /** All operations in the order of their paths. */
  async function* byPath(): AsyncGenerator<StoredOperation[]> {
    for (let after = ""; ; ) {
      const rows = await listPlanOperationsByPath(db.read, { planId: id, after, limit: PIECE });
      if (rows.length > 0) yield rows;
      if (rows.length < PIECE) return;
      after = rows.at(-1)!.path;
      await nextTurn();
    }
  }

  async function markCollisions(): Promise<void> {
    const findingBit = FINDING_BITS["case-collision"];
    for await (const rows of byPath()) {
      const paths = rows.flatMap((row) => (row.kind === DELETE ? [] : findings.secondLook(row.path)));
      if (paths.length === 0) continue;
      await db.write(async (tx) => {
        await markFindings(tx, id, paths, findingBit);
        const change = { kind: "skip", size: null, findings: findingBit } as const;
        await changePlanFolders(
          tx,
          id,
          paths.map((path) => ({ path, ...change })),
        );
      });
    }
  }

  return {
    inspect(operation, kind, ground) {
      digest.add(operation);
      return findings.inspect(operation, kind, ground);
    },
    async finish() {
      let whole = digest;
      if (!digest.inOrder) {
        whole = createDigest();
        for await (const rows of byPath()) for (const row of rows) whole.add(toOperation(row, plan));
      }
      if (findings.wantsSecondLook) await markCollisions();
      return { ...findings.finish(), digest: whole.hex() };
    },
  };
}

const DELETE = 2;

function createDigest(): PlanDigest {
  const hash = createHash("sha256");
  return new PlanDigest({ update: (text) => hash.update(text), hex: () => hash.digest("hex") });
}
