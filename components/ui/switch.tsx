"use client";

interface SwitchProps<T extends string> {
  label: string;
  options: { value: T; name: string }[];
  value: T;
  onChange: (value: T) => void;
}

/** One of two or three views of the same thing. */
export function Switch<T extends string>({ label, options, value, onChange }: SwitchProps<T>) {
  return (
    <fieldset className="inline-flex max-w-full rounded-control border border-line bg-sunken p-0.5">
      <legend className="sr-only">{label}</legend>
      {options.map((option) => (
        <button
          key={option.value}
          type="button"
          aria-pressed={option.value === value}
          onClick={() => onChange(option.value)}
          className="h-6 truncate rounded-small border border-transparent px-2.5 font-medium text-muted text-secondary hover:text-ink aria-pressed:border-line-strong aria-pressed:bg-panel aria-pressed:text-ink pointer-coarse:h-11"
        >
          {option.name}
        </button>
      ))}
    </fieldset>
  );
}
