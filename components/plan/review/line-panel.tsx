"use client";

import { useLayoutEffect, useRef } from "react";
import type { PlanComment, PlanRow } from "#lib/core/plan/plan.ts";
import { Thread } from "./comments.tsx";
import { OperationFacts } from "./operation-facts.tsx";

interface LinePanelProps {
  row: PlanRow;
  level: number;
  columns: number;
  facts: boolean;
  comments: PlanComment[];
  /** The field for a comment is open. */
  writing: boolean;
  onHeight: (path: string, height: number) => void;
  onClose: () => void;
}

/** What opens in place under a line, so that the reader never loses the tree: both sides, and what was said. */
export function LinePanel({ row, level, columns, facts, comments, writing, onHeight, onClose }: LinePanelProps) {
  const box = useRef<HTMLTableRowElement>(null);
  useLayoutEffect(() => {
    const element = box.current!;
    const observer = new ResizeObserver(() => onHeight(row.path, element.offsetHeight));
    onHeight(row.path, element.offsetHeight);
    observer.observe(element);
    return () => observer.disconnect();
  }, [row.path, onHeight]);
  return (
    <tr ref={box} className="block border-hairline border-b" data-panel>
      <td
        colSpan={columns}
        className="grid max-w-[880px] grid-cols-[minmax(0,1fr)] gap-2 py-2.5 pr-3.5 max-sm:px-4!"
        style={{ paddingLeft: `calc(42px + ${level} * var(--indent))` }}
      >
        {facts && <OperationFacts path={row.path} />}
        {(comments.length > 0 || writing) && (
          <Thread comments={comments} path={row.path} writing={writing} onClose={onClose} />
        )}
      </td>
    </tr>
  );
}
