import { expect, test } from "vitest";
import type { UploadReceipt } from "#lib/browser/upload/queue.ts";
import { receiptText, verdict } from "./receipt.ts";

const receipt: UploadReceipt = {
  bucket: "aster-lab/kestrel",
  prefix: "runs",
  mode: "upload",
  startedAt: "2026-11-20T14:30:00.000Z",
  finishedAt: "2026-11-20T14:32:04.000Z",
  totals: {
    files: 3,
    size: 10_000_000,
    read: 10_000_000,
    known: 7_000_000,
    repeated: 1_000_000,
    fresh: 2_000_000,
    packed: 1_500_000,
    sent: 1_500_000,
    ended: 9_000_000,
    states: {
      waiting: 0,
      reading: 0,
      sending: 0,
      done: 2,
      unchanged: 0,
      skipped: 0,
      paused: 0,
      cancelled: 0,
      failed: 1,
    },
  },
  saving: 0.85,
  foundIn: [
    { bucket: "aster-lab/kestrel", path: "runs/old/model.bin", bytes: 5_000_000 },
    { bucket: "aster-lab/merlin", path: "base.bin", bytes: 1_000_000 },
    { bucket: null, path: null, bytes: 1_000_000 },
  ],
  omitted: 0,
  files: [
    {
      path: "runs/gone.bin",
      state: "failed",
      reason: "vanished",
      size: 1,
      known: 0,
      repeated: 0,
      fresh: 0,
      packed: 0,
      xetHash: null,
    },
  ],
};

test("the text has every figure, where bytes were found, and what failed", () => {
  expect(receiptText(receipt)).toBe(
    [
      "Upload to hf://buckets/aster-lab/kestrel/runs",
      "Of 10.0 MB, 1.50 MB left this machine. 85% saved.",
      "",
      "3 files: 2 uploaded, 1 failed",
      "  Logical            10.0 MB  10,000,000 B",
      "  Already stored     7.00 MB  7,000,000 B",
      "  Repeated in it     1.00 MB  1,000,000 B",
      "  New                2.00 MB  2,000,000 B",
      "  New, stored        1.50 MB  1,500,000 B, saves 25%",
      "  Sent               1.50 MB  1,500,000 B",
      "  Saving               85.0%  80.0% by deduplication, 5.0% by compression",
      "  2026-11-20T14:30:00.000Z to 2026-11-20T14:32:04.000Z, 2 min 04 s",
      "",
      "Found in",
      "   5.00 MB  runs/old/model.bin",
      "   1.00 MB  hf://buckets/aster-lab/merlin/base.bin",
      "   1.00 MB  in files that this receipt does not name",
      "",
      "Failed",
      "  vanished  runs/gone.bin",
      "",
    ].join("\n"),
  );
});

test("the verdict is one sentence for each outcome", () => {
  const { totals } = receipt;
  const none = { ...totals, fresh: 0, packed: 0, sent: 0 };
  expect(verdict({ mode: "upload", totals: none })).toBe("Of 10.0 MB, 0 B had to leave this machine.");
  const all = { ...totals, fresh: 10_000_000, packed: 10_000_000, sent: 10_000_000 };
  expect(verdict({ mode: "upload", totals: all })).toBe("10.0 MB left this machine: nothing of it was there.");
  expect(verdict({ mode: "forecast", totals })).toBe("Of 10.0 MB, 2.00 MB are new: about 1.50 MB to send.");
  expect(verdict({ mode: "forecast", totals: none })).toBe("Of 10.0 MB, nothing is new.");
});
