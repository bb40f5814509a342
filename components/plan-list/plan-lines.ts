/** The lines of a terminal that write a plan and send it here. */
const SOME_BUCKET = "hf://buckets/OWNER/BUCKET/FOLDER";

export interface PlanLines {
  /** Writes the plan to a file. */
  write: string;
  /** Sends the file. */
  send: string;
  /** Both at once, without a file. */
  pipe: string;
  /** Runs what was approved. */
  apply: string;
}

/** `handle`: where the sync goes. */
export function planLines(origin: string, handle = SOME_BUCKET): PlanLines {
  const folder = handle.split("/").at(-1)!.toLowerCase();
  const auth = '  -H "Authorization: Bearer $HF_TOKEN" \\\n';
  return {
    write: `hf buckets sync ./${folder} \\\n  ${handle} \\\n  --delete --plan sync-plan.jsonl`,
    send: `curl \\\n${auth}  --data-binary @sync-plan.jsonl \\\n  ${origin}/api/plans`,
    pipe: `hf buckets sync ./${folder} \\\n  ${handle} \\\n  --delete --dry-run | curl \\\n${auth}  --data-binary @- \\\n  ${origin}/api/plans`,
    apply: "hf buckets sync --apply approved.jsonl",
  };
}
