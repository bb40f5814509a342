import { formatExactSize, sizeParts } from "#lib/core/format.ts";

/** A number of bytes: digits in ink, unit in faint in a box of one width, so that digits line up in a column. */
export function Size({ bytes, className = "" }: { bytes: number | null; className?: string }) {
  if (bytes === null) return <span className="text-faint">–</span>;
  const { value, unit } = sizeParts(bytes);
  return (
    <span title={formatExactSize(bytes)} className={`whitespace-nowrap ${className}`}>
      {value} <span className="inline-block w-[2.1em] text-left text-[0.923em] text-faint max-sm:w-auto">{unit}</span>
    </span>
  );
}

/** The same in running text: no fixed box. */
export function Bytes({ bytes }: { bytes: number | null }) {
  if (bytes === null) return <>–</>;
  const { value, unit } = sizeParts(bytes);
  return <span title={formatExactSize(bytes)}>{`${value}\u00a0${unit}`}</span>;
}
