import { Activity as ActivityIcon } from "lucide-react";
import Link from "next/link";
import type { Activity } from "#lib/core/plan/plan.ts";
import { DoerFace } from "../plan-list/doer-face.tsx";
import { planPage } from "../plan-list/links.ts";
import { Card, CardHead } from "../ui/card.tsx";
import { Time } from "../ui/time.tsx";
import { activityWords } from "./activity-words.ts";

/** The last few steps of others and of the reader. */
export function LatelyCard({ steps }: { steps: Activity[] }) {
  return (
    <Card aria-label="Lately">
      <CardHead title="Lately" icon={<ActivityIcon aria-hidden strokeWidth={1.75} />}>
        <Link href="/activity" prefetch={false} className="font-medium text-accent-ink hover:underline">
          All activity
        </Link>
      </CardHead>
      <ul className="grid gap-2 p-3.5">
        {steps.map((step) => (
          <li key={step.id} className="flex items-start gap-2.5">
            {step.by === null ? (
              <span aria-hidden className="size-5 shrink-0 rounded-full bg-line" />
            ) : (
              <DoerFace by={step.by} />
            )}
            <span className="line-clamp-2 min-w-0 flex-1 wrap-anywhere">
              <span className="sr-only">{`${step.by?.fullName ?? "The server"} `}</span>
              {`${activityWords(step).did} ${step.plan === null ? "in" : "·"} `}
              <Link
                href={
                  step.plan === null ? `/buckets/${step.bucket}` : planPage({ bucket: step.bucket, id: step.plan.id })
                }
                prefetch={false}
                className="text-muted underline decoration-line-strong underline-offset-3 hover:text-ink"
              >
                {step.plan === null ? nameOf(step) : `#${step.plan.id} on ${nameOf(step)}`}
              </Link>
            </span>
            <span className="shrink-0 text-muted text-secondary">
              <Time value={step.at} />
            </span>
          </li>
        ))}
      </ul>
    </Card>
  );
}

const nameOf = ({ bucket }: Activity) => bucket.slice(bucket.indexOf("/") + 1);
