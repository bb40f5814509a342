"use client";

import { useId } from "react";
import { Checkbox } from "../ui/checkbox.tsx";
import { Choice } from "../ui/choice.tsx";
import { describe, Field, inputLook } from "../ui/field.tsx";

export interface CompareChoice {
  by: "time" | "content";
  /** Also delete what only the destination has. */
  delete: boolean;
  /** One pattern a line. */
  include: string;
  exclude: string;
}

export const COMPARE_DEFAULT: CompareChoice = { by: "time", delete: false, include: "", exclude: "" };

/** One pattern a line, without the empty ones. */
export function patternsOf(text: string): string[] {
  return text
    .split("\n")
    .map((line) => line.trim())
    .filter(Boolean);
}

interface CompareOptionsProps {
  value: CompareChoice;
  onChange: (value: CompareChoice) => void;
  /** What comparing by content costs here. */
  contentNote: string;
}

/** How the two sides are compared. */
export function CompareOptions({ value, onChange, contentNote }: CompareOptionsProps) {
  const ids = { delete: useId(), include: useId(), exclude: useId(), name: useId() };
  const set = (part: Partial<CompareChoice>) => onChange({ ...value, ...part });
  const ways = [
    {
      by: "time",
      title: "By size and time",
      note: "As the hf command does: a file goes when its size differs or it is newer.",
    },
    { by: "content", title: "By content", note: contentNote },
  ] as const;
  return (
    <>
      <fieldset className="grid gap-2 sm:grid-cols-2">
        <legend className="mb-1.5 font-medium">Compare</legend>
        {ways.map(({ by, title, note }) => (
          <Choice
            key={by}
            name={ids.name}
            checked={value.by === by}
            onChoose={() => set({ by })}
            title={title}
            note={note}
          />
        ))}
      </fieldset>
      <label htmlFor={ids.delete} className="flex cursor-pointer items-start gap-2.5 pointer-coarse:min-h-11">
        <Checkbox
          id={ids.delete}
          checked={value.delete}
          onChange={() => set({ delete: !value.delete })}
          className="mt-0.5"
        />
        <span>
          <span className="font-medium">Delete what is not in the source</span>
          <span className="block text-muted text-secondary">As --delete does. Without it nothing is deleted.</span>
        </span>
      </label>
      <details className="group">
        <summary className="w-fit rounded-small font-medium text-muted hover:text-ink pointer-coarse:py-2.5">
          Filters
        </summary>
        <div className="mt-2.5 grid gap-4 sm:grid-cols-2">
          <Field id={ids.exclude} label="Leave out" hint="One pattern a line. * also spans slashes.">
            <Patterns id={ids.exclude} value={value.exclude} onChange={(exclude) => set({ exclude })} />
          </Field>
          <Field id={ids.include} label="Only" hint="What no pattern matches stays out, on both sides.">
            <Patterns id={ids.include} value={value.include} onChange={(include) => set({ include })} />
          </Field>
        </div>
      </details>
    </>
  );
}

function Patterns({ id, value, onChange }: { id: string; value: string; onChange: (value: string) => void }) {
  return (
    <textarea
      id={id}
      aria-describedby={describe(id)}
      rows={3}
      value={value}
      onChange={(event) => onChange(event.target.value)}
      spellCheck={false}
      autoComplete="off"
      className={`${inputLook} h-auto py-1.5 font-mono text-[12px] leading-[18px]`}
    />
  );
}
