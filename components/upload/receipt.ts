/** The receipt of an upload, as people pass it on. */
import type { FoundIn, UploadReceipt } from "#lib/browser/upload/queue.ts";
import { formatPercent, savingPercents } from "#lib/core/bucket/dedup/percent.ts";
import { type BucketId, formatHandle } from "#lib/core/bucket/id.ts";
import { formatCount, formatExactSize, formatSize, plural } from "#lib/core/format.ts";
import { formatDuration, formatShare } from "./progress.ts";

/** One sentence: what moved, and what did not have to. */
export function verdict({ totals, mode }: Pick<UploadReceipt, "totals" | "mode">): string {
  const { size, packed, fresh, sent } = totals;
  if (mode === "forecast") {
    if (fresh === 0) return `Of ${formatSize(size)}, nothing is new.`;
    return `Of ${formatSize(size)}, ${formatSize(fresh)} are new: about ${formatSize(packed)} to send.`;
  }
  if (fresh === 0) return `Of ${formatSize(size)}, 0 B had to leave this machine.`;
  const saved = 1 - sent / size;
  if (saved < 0.001) return `${formatSize(sent)} left this machine: nothing of it was there.`;
  return `Of ${formatSize(size)}, ${formatSize(sent)} left this machine. ${formatShare(saved)} saved.`;
}

/** For the clipboard: facts and figures in lines, then the files that did not arrive. */
export function receiptText(receipt: UploadReceipt): string {
  const { bucket, prefix, totals, startedAt, finishedAt, foundIn, files } = receipt;
  const { size, known, repeated, fresh, packed, sent, states } = totals;
  const figure = (name: string, bytes: number, note = "") =>
    `  ${name.padEnd(18)}${formatSize(bytes).padStart(8)}  ${formatExactSize(bytes)}${note}`;
  const counts = [
    [states.done, "uploaded"],
    [states.unchanged, "unchanged"],
    [states.skipped, "skipped"],
    [states.cancelled, "cancelled"],
    [states.failed, "failed"],
  ] as const;
  const lines = [
    `${receipt.mode === "forecast" ? "Forecast for" : "Upload to"} ${formatHandle(bucket, prefix)}`,
    verdict(receipt),
    "",
    `${plural(totals.files, "file")}: ${counts
      .filter(([count]) => count > 0)
      .map(([count, word]) => `${formatCount(count)} ${word}`)
      .join(", ")}`,
    figure("Logical", size),
    figure("Already stored", known),
    ...(repeated > 0 ? [figure("Repeated in it", repeated)] : []),
    figure("New", fresh),
    figure("New, stored", packed, fresh > 0 ? `, saves ${formatShare(Math.max(0, 1 - packed / fresh))}` : ""),
    ...(receipt.mode === "forecast" ? [] : [figure("Sent", sent)]),
    ...(size > 0 ? [savingLine(totals)] : []),
  ];
  if (startedAt && finishedAt) {
    const seconds = (Date.parse(finishedAt) - Date.parse(startedAt)) / 1000;
    lines.push(`  ${startedAt} to ${finishedAt}, ${formatDuration(seconds)}`);
  }
  if (foundIn.some(({ path }) => path !== null)) {
    lines.push("", "Found in");
    for (const found of foundIn) lines.push(`  ${formatSize(found.bytes).padStart(8)}  ${placeName(found, bucket)}`);
  }
  const failed = files.filter(({ state }) => state === "failed");
  if (failed.length > 0) {
    lines.push("", "Failed");
    for (const { path, reason } of failed) lines.push(`  ${reason}  ${path}`);
  }
  return `${lines.join("\n")}\n`;
}

/** By its two causes: what was there already, and what compression takes off the rest. */
function savingLine({ size, fresh, packed }: UploadReceipt["totals"]): string {
  const saving = savingPercents({ logical: size, unique: fresh, stored: packed });
  const causes = `${formatPercent(saving.deduplication)} by deduplication, ${formatPercent(saving.compression)} by compression`;
  return `  ${"Saving".padEnd(18)}${formatPercent(saving.total).padStart(8)}  ${causes}`;
}

function placeName({ bucket, path }: FoundIn, home: BucketId): string {
  if (bucket === null || path === null) return "in files that this receipt does not name";
  return bucket === home ? path : formatHandle(bucket, path);
}

/** Saves the receipt as a file. */
export function saveReceipt(receipt: UploadReceipt, name: string): void {
  const text = `${JSON.stringify(receipt, null, 2)}\n`;
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: "application/json" }));
  link.download = `receipt-${name.replace(/[^\p{L}\p{N}._-]+/gu, "-")}.json`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
