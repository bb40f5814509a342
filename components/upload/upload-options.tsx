"use client";

import { useQuery } from "@tanstack/react-query";
import { Sparkles, Upload } from "lucide-react";
import { useEffect, useEffectEvent, useId, useState, useSyncExternalStore } from "react";
import { takenQuery } from "#lib/browser/queries/taken.ts";
import type { Dropped } from "#lib/browser/upload/drop.ts";
import { FILTERS_DEFAULT } from "#lib/browser/upload/filter.ts";
import { type ConflictChoice, type UploadRequest, uploadQueue } from "#lib/browser/upload/queue.ts";
import { pathProblem } from "#lib/core/bucket/path-rule.ts";
import { formatCount, formatSize, plural } from "#lib/core/format.ts";
import { Button } from "../ui/button.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { inputLook } from "../ui/field.tsx";
import type { UploadPlace } from "./door.ts";
import { Gathering } from "./gathering.ts";

/** Below both, and with nothing else to decide, the upload begins at once. */
const ASK_BYTES = 100_000_000;
const ASK_FILES = 200;
/** A dialog that would be gone at once is not shown, ms. */
const PATIENCE_MS = 400;
/** Of more files it is not asked beforehand which of them exist. */
const TAKEN_MAX = 5000;

const CHOICES: { choice: ConflictChoice; title: string; note: string }[] = [
  { choice: "overwrite", title: "Overwrite", note: "What is new replaces what is there." },
  { choice: "changed", title: "Only if changed", note: "Decided by content hash: dates are not looked at." },
  { choice: "keep-both", title: "Keep both", note: "The new one goes beside it, as name (2)." },
  { choice: "skip", title: "Skip", note: "What is there stays, whatever it holds." },
];

interface UploadOptionsProps {
  place: UploadPlace;
  dropped: Dropped;
  onStart: (request: UploadRequest) => void;
  onClose: () => void;
}

/** What becomes of a drop: asked only where there is something to decide. */
export function UploadOptions({ place, dropped, onStart, onClose }: UploadOptionsProps) {
  const { bucket, prefix } = place;
  const ids = { taken: useId(), globs: useId() };
  const [globs, setGlobs] = useState<readonly string[]>(FILTERS_DEFAULT);
  const [editing, setEditing] = useState(false);
  const [conflict, setConflict] = useState<ConflictChoice>("overwrite");
  const [gathering, setGathering] = useState(() => new Gathering(dropped, globs));
  const { files, bytes, left, leftPaths, odd, oddPaths, done } = useSyncExternalStore(
    gathering.subscribe,
    gathering.getSnapshot,
  );

  const paths = done && files <= TAKEN_MAX ? gathering.paths() : [];
  const full = paths.map((path) => (prefix === "" ? path : `${prefix}/${path}`)).filter((path) => !pathProblem(path));
  const taken = useQuery({
    ...takenQuery(bucket, `${prefix}\n${globs.join("\n")}\n${files}\n${bytes}\n${paths[0]}`, full),
    enabled: full.length > 0,
  });
  /** null: not known, so the choice is offered. */
  const conflicts = full.length === 0 && done && files === 0 ? 0 : (taken.data?.length ?? null);
  const decided = done && (full.length === 0 || !taken.isPending);
  const plain =
    decided && conflicts === 0 && left === 0 && odd === 0 && files > 0 && files <= ASK_FILES && bytes < ASK_BYTES;

  const start = (mode: "upload" | "forecast") => {
    onStart({ bucket, prefix, files: gathering, name: dropped.name, mode, conflict, exclude: globs });
  };
  useEffect(() => {
    // All that an upload shows and runs is here before it begins: the network may be gone by then.
    uploadQueue().prepare();
    import("./coming-rows.tsx").catch(() => {});
  }, []);
  const [shown, setShown] = useState(false);
  const settle = useEffectEvent(() => {
    if (plain && !shown) start("upload");
    else setShown(true);
  });
  useEffect(() => {
    if (decided) settle();
    const timer = setTimeout(() => settle(), PATIENCE_MS);
    return () => clearTimeout(timer);
  }, [decided]);

  function filterBy(text: string) {
    const next = text.split("\n");
    gathering.stop();
    setGlobs(next);
    setGathering(new Gathering(dropped, next));
  }
  function close() {
    gathering.stop();
    onClose();
  }

  if (!shown) return null;
  const count = plural(files, "file");
  return (
    <Dialog
      title={`Upload ${dropped.name ?? count} to ${prefix === "" ? bucket : prefix}/`}
      onClose={close}
      width={540}
      actions={
        <>
          <Button onClick={close}>Cancel</Button>
          <Button disabled={files === 0} onClick={() => start("forecast")}>
            <Sparkles />
            Forecast first
          </Button>
          <Button variant="primary" disabled={files === 0} onClick={() => start("upload")}>
            <Upload />
            {done ? `Upload ${count}, ${formatSize(bytes)}` : `Upload all, ${formatCount(files)} so far`}
          </Button>
        </>
      }
    >
      <p role="status" className="text-muted">
        {done ? (
          files === 0 ? (
            "There is no file to upload in it."
          ) : (
            <>
              {count}, <strong className="font-semibold text-ink">{formatSize(bytes)}</strong> logical. A forecast reads
              and asks, and sends nothing.
            </>
          )
        ) : (
          `Looking through it: ${count}, ${formatSize(bytes)} so far.`
        )}
      </p>
      {files > 0 && conflicts !== 0 && (
        <fieldset className="mt-4">
          <legend id={ids.taken} className="font-medium">
            {conflicts === null
              ? taken.isFetching || !done
                ? "Files that exist there already"
                : "Some of them may exist there already"
              : `${formatCount(conflicts)} of ${count} ${conflicts === 1 ? "exists" : "exist"} there already`}
          </legend>
          {taken.data && conflicts !== null && (
            <p className="truncate font-mono text-[11.5px] text-muted leading-5">{taken.data.slice(0, 3).join(", ")}</p>
          )}
          <div className="mt-2 grid gap-2 sm:grid-cols-2">
            {CHOICES.map(({ choice, title, note }) => (
              <label
                key={choice}
                className="flex cursor-pointer items-start gap-2.5 rounded-control border border-line-strong px-3 py-2 hover:bg-hover has-checked:border-accent has-checked:bg-accent-soft pointer-coarse:min-h-11"
              >
                <input
                  type="radio"
                  name="conflict"
                  checked={conflict === choice}
                  onChange={() => setConflict(choice)}
                  className="mt-0.5 size-4 shrink-0 accent-accent"
                />
                <span>
                  <span className="block font-medium">{title}</span>
                  <span className="block text-muted text-secondary">{note}</span>
                </span>
              </label>
            ))}
          </div>
        </fieldset>
      )}
      {odd > 0 && (
        <div className="mt-4 rounded-control bg-mod-soft px-3 py-2">
          <p className="text-mod-ink">
            {plural(odd, "name")} {odd === 1 ? "looks" : "look"} like a Windows drive. The bucket takes{" "}
            {odd === 1 ? "it" : "them"}; the <code>hf</code> command refuses to download {odd === 1 ? "it" : "them"}.
          </p>
          <p className="font-mono text-[11.5px] leading-5 wrap-anywhere">
            {oddPaths.join(", ")}
            {odd > oddPaths.length && ` and ${formatCount(odd - oddPaths.length)} more`}
          </p>
        </div>
      )}
      <div className="mt-4 flex flex-wrap items-center gap-2">
        <p className="mr-auto font-medium">{left === 0 ? "Nothing is left out" : `${formatCount(left)} left out`}</p>
        <Button size="small" aria-expanded={editing} onClick={() => setEditing(!editing)}>
          {editing ? "Hide the rules" : "Change the rules"}
        </Button>
      </div>
      {left > 0 && (
        <p className="font-mono text-[11.5px] text-muted leading-5 wrap-anywhere">
          {leftPaths.join(", ")}
          {left > leftPaths.length && ` and ${formatCount(left - leftPaths.length)} more`}
        </p>
      )}
      {editing && (
        <div className="mt-2">
          <label htmlFor={ids.globs} className="text-muted text-secondary">
            Left out, one glob a line. A slash at the end means a folder and all below; a folder counts once.
          </label>
          <textarea
            id={ids.globs}
            defaultValue={globs.join("\n")}
            onChange={(event) => filterBy(event.target.value)}
            rows={6}
            spellCheck={false}
            className={`${inputLook} mt-1.5 h-auto! py-2 font-mono text-[12px]`}
          />
        </div>
      )}
    </Dialog>
  );
}
