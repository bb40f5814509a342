"use client";

import { Card, CardHead } from "../../ui/card.tsx";
import { Thread } from "./comments.tsx";
import { useReview } from "./plan-context.ts";

/** What is said about the plan as a whole. */
export function Discussion() {
  const { plan } = useReview();
  const comments = plan.comments.filter(({ path }) => path === null);
  return (
    <Card aria-label="Discussion" className="max-sm:rounded-none max-sm:border-x-0" data-discussion>
      <CardHead title="Discussion">
        <span className="text-muted text-secondary">on the whole plan</span>
      </CardHead>
      <div className="p-3">
        <Thread comments={comments} path={null} writing />
      </div>
    </Card>
  );
}
