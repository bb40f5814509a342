import { ShieldCheck, ShieldOff } from "lucide-react";
import type { BucketId } from "#lib/core/bucket/id.ts";
import type { ReviewRules } from "#lib/core/plan/plan.ts";
import { ButtonLink } from "../ui/button.tsx";
import { Card, CardHead } from "../ui/card.tsx";
import { explainRules } from "./rules-words.ts";

interface RulesCardProps {
  id: BucketId;
  rules: ReviewRules;
  /** The reader may change them. */
  admin: boolean;
}

/** What the bucket demands now, for everybody who reads it. */
export function RulesCard({ id, rules, admin }: RulesCardProps) {
  const Icon = rules.protect.length > 0 ? ShieldCheck : ShieldOff;
  return (
    <Card aria-label="Rules">
      <CardHead title="Rules of this bucket" icon={<Icon aria-hidden strokeWidth={1.75} />}>
        {admin && (
          <ButtonLink size="small" href={`/buckets/${id}/settings#rules`} prefetch={false}>
            Change
          </ButtonLink>
        )}
      </CardHead>
      <ul className="grid gap-2 p-3.5 text-muted [&>:first-child]:font-medium [&>:first-child]:text-ink">
        {explainRules(rules).map((sentence) => (
          <li key={sentence} className="wrap-anywhere">
            {sentence}
          </li>
        ))}
      </ul>
    </Card>
  );
}
