"use client";

import { useEffect, useMemo, useState } from "react";
import { type PlanDetails, SELECT_ALL, type Selection } from "#lib/core/plan/plan.ts";
import { Checked } from "./checked.ts";

/**
 * What the reviewer has checked: everything at first, or what they approved before. It outlives a reload of the tab.
 */
export function useChecked(
  plan: PlanDetails,
  me: string | null,
): { checked: Checked; setSelection(next: Selection): void } {
  const given = plan.approvalsGiven.find(
    ({ by, verdict, counts }) => by.name === me && verdict === "approve" && counts,
  );
  const [selection, setSelection] = useState<Selection>(given?.selection ?? SELECT_ALL);
  const key = `review:${plan.id}`;
  useEffect(() => {
    const kept = recall(key);
    if (kept !== null) setSelection(kept);
  }, [key]);
  const checked = useMemo(() => new Checked(selection), [selection]);
  return {
    checked,
    setSelection(next) {
      setSelection(next);
      remember(key, next);
    },
  };
}

function recall(key: string): Selection | null {
  try {
    return JSON.parse(sessionStorage.getItem(key) ?? "null");
  } catch {
    return null;
  }
}

function remember(key: string, selection: Selection): void {
  try {
    sessionStorage.setItem(key, JSON.stringify(selection));
  } catch {
    // No room, or storage is off: the page works on, and a reload starts with everything checked.
  }
}
