"use client";

import { useMutation } from "@tanstack/react-query";
import { Download, FolderOpen } from "lucide-react";
import { useRouter } from "next/navigation";
import { type DragEvent, type FormEvent, useEffect, useRef, useState } from "react";
import { filesBelow } from "#lib/browser/plan/approved.ts";
import { type ComputedPlan, type ComputeProgress, computeLocalPlan } from "#lib/browser/plan/compute.ts";
import { Hasher } from "#lib/browser/plan/hasher.ts";
import { submitPlan } from "#lib/browser/queries/plans.ts";
import { type Dropped, readTransfer } from "#lib/browser/upload/drop.ts";
import { HubError } from "#lib/core/errors.ts";
import { formatSize, plural } from "#lib/core/format.ts";
import { planPage } from "../plan-list/links.ts";
import { PlanCounts } from "../plan-list/plan-counts.tsx";
import { Button } from "../ui/button.tsx";
import { Card } from "../ui/card.tsx";
import { ErrorNotice } from "../ui/notice.tsx";
import { announce } from "../ui/toast.tsx";
import { pickFiles } from "../upload/pick.ts";
import { COMPARE_DEFAULT, type CompareChoice, CompareOptions, patternsOf } from "./compare-options.tsx";
import { HandleField, readPlace } from "./handle-field.tsx";
import { TitleField } from "./title-field.tsx";

interface Folder {
  name: string;
  files: ReadonlyMap<string, File>;
  bytes: number;
}

interface LocalFormProps {
  /** Of the destination, "" if not said. */
  handle: string;
  namespaces: string[];
}

/** A folder of this machine against a folder of a bucket. Only the plan leaves the machine. */
export function LocalForm({ handle, namespaces }: LocalFormProps) {
  const router = useRouter();
  const [folder, setFolder] = useState<Folder | null>(null);
  const [found, setFound] = useState<number | null>(null);
  const [unread, setUnread] = useState<Error | null>(null);
  const [dest, setDest] = useState(handle);
  const [choice, setChoice] = useState<CompareChoice>(COMPARE_DEFAULT);
  const [title, setTitle] = useState("");
  const [progress, setProgress] = useState<ComputeProgress | null>(null);
  const stop = useRef(new AbortController());
  useEffect(() => () => stop.current.abort(), []);
  const { place } = readPlace(dest);

  const compute = useMutation({
    mutationFn: async (): Promise<ComputedPlan | null> => {
      if (folder === null || place === null) return null;
      const hasher = new Hasher();
      stop.current = new AbortController();
      const { signal } = stop.current;
      let told = 0;
      try {
        return await computeLocalPlan({
          files: folder.files,
          source: `./${folder.name}`,
          dest: dest.trim(),
          place,
          byContent: choice.by === "content",
          delete: choice.delete,
          include: patternsOf(choice.include),
          exclude: patternsOf(choice.exclude),
          hasher,
          now: Date.now(),
          signal,
          onProgress: (now) => {
            if (performance.now() - told < 200) return;
            told = performance.now();
            setProgress({ ...now });
          },
        });
      } catch (error) {
        if (signal.aborted) return null;
        throw error;
      } finally {
        hasher.close();
        setProgress(null);
      }
    },
  });
  const submit = useMutation({
    mutationFn: (plan: ComputedPlan) => submitPlan(plan.body, title.trim() || undefined),
    onSuccess: (plan) => {
      announce(`Plan #${plan.id} submitted`);
      router.push(planPage(plan));
      router.refresh();
    },
  });

  /** What was compared is not what the form says any more. */
  function forget() {
    compute.reset();
    submit.reset();
  }
  async function take(dropped: Dropped | null) {
    if (dropped === null) return;
    forget();
    setFound(0);
    setUnread(null);
    try {
      const files = await filesBelow(dropped.files(), setFound, refuse);
      const bytes = [...files.values()].reduce((sum, file) => sum + file.size, 0);
      setFolder({ name: dropped.name ?? "files", files, bytes });
    } catch (error) {
      setFolder(null);
      setUnread(error as Error);
    } finally {
      setFound(null);
    }
  }
  function onSubmit(event: FormEvent) {
    event.preventDefault();
    if (folder !== null && place !== null) compute.mutate();
  }

  return (
    <Card aria-label="A folder of this machine" className="p-4">
      <form onSubmit={onSubmit} className="grid grid-cols-[minmax(0,1fr)] gap-4">
        <FolderChoice
          folder={folder}
          found={found}
          onPick={async () => take(await pickFiles("folder"))}
          onDrop={take}
        />
        <HandleField
          label="Compared with"
          hint="A bucket, or a folder of one: what the folder would be synced to."
          value={dest}
          onChange={(value) => {
            setDest(value);
            forget();
          }}
          namespaces={namespaces}
        />
        <CompareOptions
          value={choice}
          onChange={(value) => {
            setChoice(value);
            forget();
          }}
          contentNote="Each file is read and hashed here. Equal bytes are left alone, and the plan knows each content."
        />
        <TitleField value={title} onChange={setTitle} placeholder="Nightly mirror of runs" />
        {unread && <ErrorNotice title="The folder could not be read" error={unread} kept="Nothing was compared." />}
        {compute.error && (
          <ErrorNotice title="They could not be compared" error={compute.error} kept="Nothing was sent or stored." />
        )}
        {submit.error && <ErrorNotice title="The plan was not taken" error={submit.error} kept="Nothing was stored." />}
        {compute.isPending && <Comparing progress={progress} onStop={() => stop.current.abort()} />}
        {compute.data ? (
          <Computed
            plan={compute.data}
            busy={submit.isPending}
            onSubmit={() => submit.mutate(compute.data!)}
            onAgain={forget}
          />
        ) : (
          !compute.isPending && (
            <div className="flex justify-end">
              <Button type="submit" variant="primary" disabled={folder === null || place === null}>
                {folder === null ? "Compare" : `Compare ${plural(folder.files.size, "file")}`}
              </Button>
            </div>
          )
        )}
      </form>
    </Card>
  );
}

/** Compared without it, all that lies there would count as deleted. */
function refuse(path: string, message: string): never {
  throw new HubError("BadRequest", `${path}: ${message}`);
}

interface FolderChoiceProps {
  folder: Folder | null;
  /** Files found while it is walked; null while it is not. */
  found: number | null;
  onPick: () => void;
  onDrop: (dropped: Dropped | null) => void;
}

function FolderChoice({ folder, found, onPick, onDrop }: FolderChoiceProps) {
  const [over, setOver] = useState(false);
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the button inside does the same
    <div
      onDragOver={(event: DragEvent) => {
        event.preventDefault();
        event.stopPropagation();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(event: DragEvent) => {
        event.preventDefault();
        event.stopPropagation();
        setOver(false);
        onDrop(readTransfer(event.dataTransfer));
      }}
      className={`flex flex-wrap items-center gap-x-4 gap-y-2 rounded-control border border-dashed p-4 ${over ? "border-accent bg-accent-soft" : "border-line-strong bg-sunken/60"}`}
    >
      <div className="mr-auto min-w-0">
        <p role="status" className="font-medium wrap-anywhere">
          {found !== null
            ? `Looking: ${plural(found, "file")}`
            : folder === null
              ? "Drop the folder here, or choose it"
              : `${folder.name}/`}
        </p>
        <p className="text-muted text-secondary">
          {folder === null || found !== null
            ? "It is read on this machine. Only the plan is sent."
            : `${plural(folder.files.size, "file")}, ${formatSize(folder.bytes)} logical`}
        </p>
      </div>
      <Button variant={folder === null ? "primary" : "outline"} onClick={onPick} disabled={found !== null}>
        <FolderOpen />
        {folder === null ? "Choose a folder" : "Another folder"}
      </Button>
    </div>
  );
}

function Comparing({ progress, onStop }: { progress: ComputeProgress | null; onStop: () => void }) {
  const { listed, hashed, total } = progress ?? { listed: 0, hashed: 0, total: 0 };
  return (
    <div className="grid gap-2 rounded-control border border-line p-3.5">
      <div className="flex flex-wrap items-center justify-between gap-2">
        <p role="status">
          {total > 0
            ? `${formatSize(hashed)} of ${formatSize(total)} read and hashed`
            : `${plural(listed, "file")} of the bucket listed`}
        </p>
        <Button size="small" onClick={onStop}>
          Stop
        </Button>
      </div>
      <div
        role="progressbar"
        aria-label="Comparing"
        aria-valuemin={0}
        aria-valuemax={100}
        {...(total > 0 && { "aria-valuenow": Math.round((hashed / total) * 100) })}
        className="h-1.5 overflow-hidden rounded-full bg-line"
      >
        <span className="block h-full bg-unique" style={{ width: `${total > 0 ? (hashed / total) * 100 : 0}%` }} />
      </div>
    </div>
  );
}

interface ComputedProps {
  plan: ComputedPlan;
  busy: boolean;
  onSubmit: () => void;
  onAgain: () => void;
}

function Computed({ plan, busy, onSubmit, onAgain }: ComputedProps) {
  const { totals, body, operations } = plan;
  const sends = totals.add.bytes + totals.overwrite.bytes;
  const changes = totals.add.count + totals.overwrite.count + totals.delete.count;

  function save() {
    const url = URL.createObjectURL(body);
    Object.assign(document.createElement("a"), { href: url, download: "sync-plan.jsonl" }).click();
    setTimeout(() => URL.revokeObjectURL(url), 60_000);
  }

  return (
    <div role="status" className="grid gap-3 rounded-control border border-line bg-sunken/60 p-3.5">
      <div className="flex flex-wrap items-baseline gap-x-4 gap-y-1">
        <span className="font-semibold text-[16px]">
          {changes === 0 ? "Nothing to sync" : plural(changes, "change")}
        </span>
        {changes > 0 && <PlanCounts totals={totals} skips />}
        <span className="text-muted">
          {changes === 0
            ? `All ${plural(operations, "file")} are the same on both sides.`
            : `${formatSize(sends)} to send${totals.delete.count > 0 ? `, ${formatSize(totals.delete.bytes)} logical deleted` : ""}`}
        </span>
      </div>
      <div className="flex flex-wrap justify-end gap-2">
        <Button variant="ghost" onClick={onAgain}>
          Change the comparison
        </Button>
        <Button onClick={save}>
          <Download />
          Save sync-plan.jsonl
        </Button>
        {changes > 0 && (
          <Button variant="primary" busy={busy} onClick={onSubmit}>
            {`Submit ${plural(operations, "operation")} for review`}
          </Button>
        )}
      </div>
    </div>
  );
}
