import { useId } from "react";
import { Field, Input } from "../ui/field.tsx";

interface TitleFieldProps {
  value: string;
  onChange: (value: string) => void;
  placeholder: string;
}

/** What people call the plan. */
export function TitleField({ value, onChange, placeholder }: TitleFieldProps) {
  const id = useId();
  return (
    <Field id={id} label="Title" hint="What people call it. Without one it is named after its folders.">
      <Input
        id={id}
        value={value}
        onChange={(event) => onChange(event.target.value)}
        maxLength={200}
        placeholder={placeholder}
        autoComplete="off"
      />
    </Field>
  );
}
