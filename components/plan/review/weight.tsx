"use client";

import { useQuery } from "@tanstack/react-query";
import { weightQuery } from "#lib/browser/queries/plan.ts";
import { formatExactSize, formatSize } from "#lib/core/format.ts";
import type { Selection } from "#lib/core/plan/plan.ts";
import { growthOf, type PlanWeight } from "#lib/core/plan/weight.ts";
import { usePlanStamp, useReview } from "./plan-context.ts";

/** What running a selection frees and brings; null while it is computed, or when it can not be. */
export function useWeight(selection: Selection, on = true): { weight: PlanWeight | null; failed: boolean } {
  const { plan } = useReview();
  const { data, isError } = useQuery({
    ...weightQuery(plan.id, selection, usePlanStamp()),
    // A download changes no bucket.
    enabled: on && plan.direction !== "download",
  });
  return { weight: data?.weight ?? null, failed: isError };
}

/** A figure that may be a bound, in words: "9.41 GB", "at most 9.41 GB". */
export interface Figure {
  text: string;
  /** The figure is not known better than that. */
  most: boolean;
  title: string;
}

const exact = (bytes: number): Figure => ({ text: formatSize(bytes), most: false, title: formatExactSize(bytes) });

export function newFigure({ unknown }: PlanWeight): Figure {
  if (unknown === 0) return { ...exact(0), title: "All content to be written is stored already." };
  return {
    text: formatSize(unknown),
    most: true,
    title: `${formatExactSize(unknown)} at most. The plan names files, not their chunks: what of them is new is known once they are read for the upload.`,
  };
}

export function freedFigure({ freed, unknown }: PlanWeight): Figure {
  if (unknown === 0 || freed === 0) return exact(freed);
  return {
    ...exact(freed),
    title: `${formatExactSize(freed)} as the bucket is now. What is uploaded may use some of it again, and then brings that much less.`,
  };
}

export function growthFigure(weight: PlanWeight): Figure {
  const { least, most } = growthOf(weight);
  const title =
    least === most
      ? signed(most, formatExactSize)
      : `${signed(least, formatExactSize)} to ${signed(most, formatExactSize)}`;
  return { text: signed(most, formatSize), most: least !== most, title };
}

/** A true minus, and a plus, so that shrinking and growing are told apart. */
function signed(bytes: number, format: (bytes: number) => string): string {
  return `${bytes > 0 ? "+" : bytes < 0 ? "−" : ""}${format(Math.abs(bytes))}`;
}

const COMPUTING = "Being computed: chunks are weighed against every other file that shares them.";
const FAILED = "It could not be computed.";

/** The figure, or a dash that says why there is none. Never an invented number. */
export function FigureText({ figure, failed = false }: { figure: Figure | null; failed?: boolean }) {
  if (figure === null) {
    return (
      <span title={failed ? FAILED : COMPUTING} className="text-faint">
        <span aria-hidden>–</span>
        <span className="sr-only">{failed ? "not known" : "being computed"}</span>
      </span>
    );
  }
  return (
    <span title={figure.title} className="whitespace-nowrap">
      {figure.most && (
        <>
          <span aria-hidden>≤&thinsp;</span>
          <span className="sr-only">at most </span>
        </>
      )}
      {figure.text}
    </span>
  );
}
