import { Plus } from "lucide-react";
import type { ReactNode } from "react";
import { ButtonLink } from "../ui/button.tsx";
import { Code } from "../ui/code.tsx";
import { planLines } from "./plan-lines.ts";

interface EmptyPlansProps {
  icon: ReactNode;
  title: string;
  note: string;
  origin: string;
  /** Handle that the lines sync to; absent: there are none, a card beside has them. */
  handle?: string;
  /** Of the form that submits one. */
  href?: string;
}

/** What comes here, the action, and the lines that do it from a terminal. */
export function EmptyPlans({ icon, title, note, origin, handle, href = "/plans/new" }: EmptyPlansProps) {
  return (
    <div className="mx-auto flex max-w-[560px] flex-col items-center gap-2 px-4 py-12 text-center">
      <span
        aria-hidden
        className="mb-1 flex size-10 items-center justify-center rounded-card border border-line bg-sunken text-muted [&>svg]:size-5"
      >
        {icon}
      </span>
      <h2 className="font-semibold text-[16px] leading-6">{title}</h2>
      <p className="max-w-[52ch] text-muted text-prose">{note}</p>
      <ButtonLink size="large" href={href} prefetch={false} className="mt-3">
        <Plus />
        Submit a plan
      </ButtonLink>
      {handle !== undefined && (
        <div className="mt-4 w-full text-left">
          <Code text={planLines(origin, handle).pipe} what="Lines" />
        </div>
      )}
    </div>
  );
}
