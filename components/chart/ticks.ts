/** Axis values of bytes: round in the unit that they are written in. */
import { SIZE_UNITS, sizeParts } from "#lib/core/format.ts";

export interface ByteTick {
  value: number;
  /** "80 GB" for the highest, "60" for the rest. */
  label: string;
}

export interface ByteAxis {
  /** From 0 to at least what was asked for. */
  ticks: ByteTick[];
  /** The highest tick. */
  max: number;
  /** Three digits in the axis's unit, without it: 14.9. */
  format(bytes: number): string;
  unit: string;
}

/** About `count` steps. */
export function byteAxis(most: number, count = 4): ByteAxis {
  const step = niceStep(most / count);
  const values = [0];
  while (values.at(-1)! < most) values.push(values.length * step);
  const max = values.at(-1)!;
  const { unit } = sizeParts(max);
  const scale = 1000 ** SIZE_UNITS.indexOf(unit);
  return {
    ticks: values.map((value) => {
      const text = String(Number((value / scale).toPrecision(6)));
      return { value, label: value === max ? `${text} ${unit}` : text };
    }),
    max,
    unit,
    format(bytes) {
      const value = bytes / scale;
      return value >= 99.95 ? value.toFixed(0) : value >= 9.995 ? value.toFixed(1) : value.toFixed(value === 0 ? 0 : 2);
    },
  };
}

/** 1, 2, 2.5 or 5 times a power of ten; at least 1. */
function niceStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(1, least)));
  const step = [1, 2, 2.5, 5, 10].find((factor) => factor * power >= least) ?? 10;
  return Math.max(1, step * power);
}
