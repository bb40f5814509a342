import type { ReactNode } from "react";

interface ChoiceProps {
  /** Of the group: one of the same name is chosen. */
  name: string;
  checked: boolean;
  onChoose: () => void;
  icon?: ReactNode;
  title: string;
  note: string;
}

/** One of a few ways, as a card with a sentence about it. */
export function Choice({ name, checked, onChoose, icon, title, note }: ChoiceProps) {
  return (
    <label className="flex cursor-pointer items-start gap-3 rounded-control border border-line-strong p-3 hover:bg-hover has-checked:border-accent has-checked:bg-accent-soft [&>svg]:mt-0.5 [&>svg]:size-4 [&>svg]:shrink-0 [&>svg]:text-muted">
      {icon}
      <span className="mr-auto">
        <span className="block font-medium">{title}</span>
        <span className="block text-muted text-secondary">{note}</span>
      </span>
      <input
        type="radio"
        name={name}
        checked={checked}
        onChange={onChoose}
        className="mt-0.5 size-4 shrink-0 accent-accent"
      />
    </label>
  );
}
