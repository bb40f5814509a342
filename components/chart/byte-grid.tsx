import type { ByteAxis } from "./ticks.ts";

interface ByteGridProps {
  axis: ByteAxis;
  /** px of a value. */
  y: (bytes: number) => number;
  /** Where the lines begin and end, px; their labels stand before. */
  left: number;
  right: number;
}

/** A line and a label for each tick of a vertical axis; dashed but for the ground. */
export function ByteGrid({ axis, y, left, right }: ByteGridProps) {
  return axis.ticks.map(({ value, label }) => (
    <g key={value}>
      <line
        x1={left}
        x2={right}
        y1={y(value)}
        y2={y(value)}
        className="stroke-line"
        strokeDasharray={value === 0 ? undefined : "3 3"}
      />
      <text x={left - 8} y={y(value)} dominantBaseline="central" textAnchor="end" className="fill-faint text-[10.5px]">
        {label}
      </text>
    </g>
  ));
}
