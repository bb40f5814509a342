"use client";

import { useQueryClient } from "@tanstack/react-query";
import { useRouter } from "next/navigation";
import { useEffect, useEffectEvent, useMemo, useRef, useState, useSyncExternalStore } from "react";
import { treeKey } from "#lib/browser/queries/tree.ts";
import { type Dropped, readTransfer } from "#lib/browser/upload/drop.ts";
import { type JobSnapshot, uploadQueue } from "#lib/browser/upload/queue.ts";
import type { BucketId } from "#lib/core/bucket/id.ts";
import { plural } from "#lib/core/format.ts";
import { refreshPage } from "../shell/refresh-page.ts";
import { announce } from "../ui/toast.tsx";
import { Chooser } from "./chooser.tsx";
import { type Asked, setDoor, type UploadMark, type UploadPlace, useDoor } from "./door.ts";
import { DropOverlay } from "./drop-overlay.tsx";
import { isInterrupted, isOver, jobName } from "./job-words.ts";
import { marksOf, progressOf } from "./progress.ts";
import { UploadOptions } from "./upload-options.tsx";
import { UploadPanel } from "./upload-panel.tsx";

/** Lists are read again at most so often while files land, ms. */
const LANDED_MS = 1500;
/** After the last end of an upload, and between tries, ms. */
const FIGURES_MS = 1000;
const NO_MARKS: ReadonlyMap<string, UploadMark> = new Map();

/** All of uploading that people see, over every page: the overlay, the dialogs, the panel. */
export function UploadDesk() {
  const place = useDoor("place");
  const dragging = useDoor("dragging");
  const asked = useDoor("asked");
  const dropped = useMemo(() => (asked?.what === "files" ? read(asked) : null), [asked]);
  const queue = uploadQueue();
  const { jobs, busy } = useSyncExternalStore(queue.subscribe, queue.getSnapshot, queue.getServerSnapshot);
  /** null: nobody said yet. Receipts of earlier pages do not push themselves forward. */
  const [chosen, setMinimised] = useState<boolean | null>(null);
  const minimised = chosen ?? jobs.every((job) => job.kept !== null && isOver(job));
  const close = () => setDoor({ asked: null });

  useEffect(() => queue.restore(), [queue]);
  useLanded();
  useWarning(busy);
  useMarks(jobs);
  useEffect(() => {
    // The page that asked shows the progress itself: the panel waits at its edge.
    if (asked?.what === "watch") setMinimised(true);
    else if (asked?.what !== "files" || dropped !== null) return;
    setDoor({ asked: null });
  }, [asked, dropped]);

  /** The same folder or file again, where an earlier page did not finish with it. */
  const again = asked?.what === "files" && dropped ? findAgain(jobs, asked.place, dropped) : undefined;
  const takeUp = useEffectEvent((id: number) => {
    setDoor({ asked: null });
    setMinimised(false);
    queue.goOn(id, dropped!);
  });
  const againId = again?.id;
  useEffect(() => {
    if (againId !== undefined) takeUp(againId);
  }, [againId]);

  return (
    <>
      {dragging && place && <DropOverlay place={place} />}
      {asked?.what === "choose" && (
        <Chooser
          place={asked.place}
          onFiles={(files) => setDoor({ asked: { what: "files", place: asked.place, files } })}
          onClose={close}
        />
      )}
      {asked?.what === "files" && dropped && again === undefined && (
        <UploadOptions
          place={asked.place}
          dropped={dropped}
          onStart={(request) => {
            queue.add(request);
            setMinimised(false);
            close();
          }}
          onClose={close}
        />
      )}
      {jobs.length > 0 && <UploadPanel jobs={jobs} minimised={minimised} onMinimise={setMinimised} />}
      <p role="status" className="sr-only">
        {minimised ? "" : tell(jobs)}
      </p>
    </>
  );
}

function read({ files }: Asked & { what: "files" }): Dropped | null {
  return "items" in files ? readTransfer(files) : files;
}

function findAgain(jobs: readonly JobSnapshot[], { bucket, prefix }: UploadPlace, { name }: Dropped) {
  if (name === null) return undefined;
  return jobs.find((job) => isInterrupted(job) && job.bucket === bucket && job.prefix === prefix && job.name === name);
}

/** What a screen reader hears: every quarter, and what ends or stops. */
function tell(jobs: readonly JobSnapshot[]): string {
  const job = jobs.find(({ state }) => state === "running" || state === "retrying") ?? jobs.at(-1);
  if (job === undefined) return "";
  const name = jobName(job);
  if (job.state === "queued" || job.collecting) return `Uploading ${job.name ?? "files"}`;
  if (job.state === "finished") {
    const { failed } = job.totals.states;
    const done = job.mode === "forecast" ? `Forecast of ${name} is ready` : `${name} is uploaded`;
    return failed > 0 ? `${done}, ${plural(failed, "file")} failed` : done;
  }
  if (job.state === "interrupted") return `The upload of ${name} was interrupted`;
  if (job.state === "cancelled") return `${name} is cancelled`;
  if (job.state !== "running") return job.reason === null ? `${name} is paused` : `${name} waits: ${job.reason}`;
  const { percent } = progressOf(job);
  const quarter = Math.floor(percent / 25) * 25;
  return quarter === 0 ? `Uploading ${name}` : `Uploading ${name}, ${quarter}%`;
}

/** Lists follow what lands; the figures around them follow the end of each job. */
function useLanded(): void {
  const client = useQueryClient();
  const router = useRouter();
  const refresh = useEffectEvent((bucket: BucketId) => {
    client.invalidateQueries({ queryKey: treeKey(bucket) });
  });
  const refreshFigures = useEffectEvent(() => refreshPage(router));
  useEffect(() => {
    const queue = uploadQueue();
    let figures: ReturnType<typeof setTimeout> | undefined;
    /** Figures around the lists come with the page. */
    const readFigures = async () => {
      if (queue.getSnapshot().jobs.some(({ finishedAt }) => finishedAt === null)) return;
      if (!(await refreshFigures())) figures = setTimeout(readFigures, FIGURES_MS);
    };
    const finish = (job: JobSnapshot) => {
      if (job.mode === "forecast") return;
      refresh(job.bucket);
      clearTimeout(figures);
      figures = setTimeout(readFigures, FIGURES_MS);
    };
    const waiting = new Map<BucketId, ReturnType<typeof setTimeout>>();
    const stopLanded = queue.onLanded(({ bucket }) => {
      if (waiting.has(bucket)) return;
      const later = () => {
        waiting.delete(bucket);
        refresh(bucket);
      };
      waiting.set(bucket, setTimeout(later, LANDED_MS));
    });
    const over = new Set<string>();
    const stop = queue.subscribe(() => {
      for (const job of queue.getSnapshot().jobs) {
        const key = `${job.id} ${job.finishedAt}`;
        if (job.finishedAt === null || job.kept !== null || over.has(key)) continue;
        over.add(key);
        clearTimeout(waiting.get(job.bucket));
        waiting.delete(job.bucket);
        finish(job);
        if (job.state === "finished") announceEnd(job);
      }
    });
    return () => {
      stopLanded();
      stop();
      clearTimeout(figures);
      for (const timer of waiting.values()) clearTimeout(timer);
    };
  }, []);
}

/** Said where the panel does not show it. */
function announceEnd(job: JobSnapshot): void {
  if (document.querySelector("[data-upload-panel]") !== null) return;
  const { failed } = job.totals.states;
  const end = job.mode === "forecast" ? "Forecast ready" : "Uploaded";
  announce(failed > 0 ? `${end}: ${jobName(job)}, ${plural(failed, "file")} failed` : `${end}: ${jobName(job)}`);
}

/** The browser asks before it closes a tab whose uploads would end with it. */
function useWarning(busy: boolean): void {
  useEffect(() => {
    setDoor({ busy });
    if (!busy) return;
    const warn = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener("beforeunload", warn);
    return () => window.removeEventListener("beforeunload", warn);
  }, [busy]);
}

/** Rows of the list that one looks at learn how far they are. */
function useMarks(jobs: readonly JobSnapshot[]): void {
  const place = useDoor("place");
  const before = useRef(NO_MARKS);
  useEffect(() => {
    const marks = new Map<string, UploadMark>();
    for (const job of place === null ? [] : jobs) {
      if (isOver(job) || isInterrupted(job) || job.bucket !== place!.bucket) continue;
      for (const [path, mark] of marksOf(job, uploadQueue().folder(job.id, place!.prefix))) marks.set(path, mark);
    }
    if (marks.size === 0 && before.current.size === 0) return;
    before.current = marks;
    setDoor({ marks });
  }, [jobs, place]);
}
