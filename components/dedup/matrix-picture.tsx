import { scaleBand } from "@visx/scale";
import type { SharingMatrix } from "#lib/core/bucket/dedup/figures.ts";
import { heatFill, heatInk } from "../chart/heat.ts";
import { depthOf, domainOf, formatShare, shareOf } from "./matrix-data.ts";

const CELL = 46;
const ROW = 30;
const TOP = 24;
/** Width that the words under it need. */
const WORDS = 320;

/** The matrix as a drawing: what pictures of it show. */
export function MatrixPicture({ matrix, labels }: { matrix: SharingMatrix; labels: string[] }) {
  const left = Math.min(220, Math.max(...labels.map((label) => label.length), 4) * 6.6 + 16);
  const { length } = labels;
  const places = labels.map((_, at) => at);
  const x = scaleBand({ domain: places, range: [left, left + length * CELL], paddingInner: 0.05 });
  const y = scaleBand({ domain: places, range: [TOP, TOP + length * ROW], paddingInner: 0.08 });
  const domain = domainOf(matrix) ?? { low: 0, high: 1 };
  const cut = (label: string, room: number) => (label.length > room ? `${label.slice(0, room - 1)}…` : label);
  return (
    <svg
      data-chart
      aria-hidden="true"
      width={Math.max(WORDS, left + length * CELL + 8)}
      height={TOP + length * ROW + 44}
    >
      {places.map((at) => (
        <g key={at}>
          <text x={x(at)! + x.bandwidth() / 2} y={TOP - 8} textAnchor="middle" className="fill-muted text-[11px]">
            {cut(labels[at]!, 7)}
          </text>
          <text
            x={left - 8}
            y={y(at)! + y.bandwidth() / 2}
            dominantBaseline="central"
            textAnchor="end"
            className="fill-muted text-[11px]"
          >
            {cut(labels[at]!, 32)}
          </text>
        </g>
      ))}
      {places.flatMap((row) =>
        places.map((column) => {
          const share = row === column ? null : shareOf(matrix, row, column);
          const depth = share === null ? 0 : depthOf(share, domain);
          return (
            <g key={`${row} ${column}`}>
              <rect
                x={x(column)}
                y={y(row)}
                width={x.bandwidth()}
                height={y.bandwidth()}
                rx={4}
                style={{ fill: share === null ? "var(--sunken)" : heatFill(depth) }}
              />
              <text
                x={x(column)! + x.bandwidth() / 2}
                y={y(row)! + y.bandwidth() / 2}
                dominantBaseline="central"
                textAnchor="middle"
                className="font-medium text-[11px]"
                style={{ fill: share === null ? "var(--muted)" : heatInk(depth) }}
              >
                {row === column ? "·" : formatShare(share)}
              </text>
            </g>
          );
        }),
      )}
      {[
        "Percent of the row's unique bytes found in the column.",
        `Colours run from ${Math.round(domain.low * 100)} to ${Math.round(domain.high * 100)}%.`,
      ].map((line, at) => (
        <text key={line} x={0} y={TOP + length * ROW + 22 + at * 16} className="fill-muted text-[11px]">
          {line}
        </text>
      ))}
    </svg>
  );
}
