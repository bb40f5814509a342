import { Bot } from "lucide-react";
import type { Doer } from "#lib/core/plan/plan.ts";
import { Avatar } from "../ui/avatar.tsx";

type Face = Pick<Doer, "name" | "agent">;

/** People are round avatars, agents are square with a robot. */
export function DoerFace({ by, size = "small" }: { by: Face; size?: "small" | "normal" }) {
  if (!by.agent) return <Avatar name={by.name} size={size} />;
  return (
    <span
      aria-hidden
      className={`inline-flex shrink-0 items-center justify-center rounded-mark border border-line-strong bg-sunken text-muted ${size === "small" ? "size-5 [&>svg]:size-3" : "size-6 [&>svg]:size-3.5"}`}
    >
      <Bot strokeWidth={1.75} />
    </span>
  );
}

/** "ckpt-sweep, agent of Jonas Weber", or the person's own name. */
export function doerWords(by: Doer): string {
  const person = by.fullName || by.name;
  if (!by.agent) return person;
  return by.token ? `${by.token}, agent of ${person}` : `an agent of ${person}`;
}
