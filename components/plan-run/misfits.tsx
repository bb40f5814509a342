import { FolderOpen, Upload } from "lucide-react";
import { useId, useState } from "react";
import type { Checked, Fit, Misfit } from "#lib/browser/plan/approved.ts";
import { formatSize, plural } from "#lib/core/format.ts";
import { Button } from "../ui/button.tsx";
import { Checkbox } from "../ui/checkbox.tsx";

const WORDS: Record<Misfit, string> = {
  missing: "not in the folder",
  size: "another size",
  content: "another content",
  unreadable: "can not be read",
  time: "changed since, same size",
};
/** Rows that are shown; the rest is a number. */
const SHOWN = 100;

interface MisfitsProps {
  checked: Checked;
  /** Of the plan, as it was typed. */
  source: string;
  onSend: (fits: readonly Fit[]) => void;
  onAgain: () => void;
  onLeave: () => void;
}

/** What is not as it was approved stays here; the person sees it before the rest goes. */
export function Misfits({ checked, source, onSend, onAgain, onLeave }: MisfitsProps) {
  const id = useId();
  const [withTime, setWithTime] = useState(false);
  const { fits, misfits } = checked;
  const changed = misfits.filter(({ why, file }) => why === "time" && file !== null);
  const sent: Fit[] = withTime
    ? [...fits, ...changed.map(({ operation, file }) => ({ operation, file: file! }))]
    : fits;
  const bytes = sent.reduce((sum, { file }) => sum + file.size, 0);
  const none = fits.length === 0 && misfits.every(({ why }) => why === "missing");
  return (
    <div className="grid gap-3">
      <p role="status" className="font-medium wrap-anywhere">
        {none
          ? `None of the approved files is in this folder. The plan was made of ${source}.`
          : `${plural(misfits.length, "file")} of ${misfits.length + fits.length} ${misfits.length === 1 ? "is" : "are"} not what was approved`}
      </p>
      {!none && (
        <ul aria-label="Not as approved" className="max-h-56 overflow-y-auto rounded-control border border-line">
          {misfits.slice(0, SHOWN).map(({ operation, why, message }) => (
            <li key={operation.path} title={message} className="grid border-hairline px-2.5 py-1.5 not-last:border-b">
              <span className="truncate font-mono text-[11.5px]">{operation.path}</span>
              <span className="text-mod-ink text-secondary">{WORDS[why]}</span>
            </li>
          ))}
          {misfits.length > SHOWN && (
            <li className="px-2.5 py-1.5 text-muted text-secondary">{`and ${plural(misfits.length - SHOWN, "more file")}`}</li>
          )}
        </ul>
      )}
      {changed.length > 0 && (
        <label htmlFor={id} className="flex cursor-pointer items-start gap-2.5 pointer-coarse:min-h-11">
          <Checkbox id={id} checked={withTime} onChange={() => setWithTime(!withTime)} className="mt-0.5" />
          <span>
            {`Also send ${plural(changed.length, "file")} changed since the plan was made`}
            <span className="block text-muted text-secondary">
              The size is right; the plan knows no hash to compare.
            </span>
          </span>
        </label>
      )}
      <div className="flex flex-wrap gap-2">
        {sent.length > 0 && (
          <Button variant="primary" onClick={() => onSend(sent)}>
            <Upload />
            {`Upload ${plural(sent.length, "file")}, ${formatSize(bytes)}`}
          </Button>
        )}
        <Button variant={sent.length > 0 ? "outline" : "primary"} onClick={onAgain}>
          <FolderOpen />
          Another folder
        </Button>
        <Button variant="ghost" onClick={onLeave}>
          Leave it
        </Button>
      </div>
    </div>
  );
}
