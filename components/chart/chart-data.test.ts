import { expect, test } from "vitest";
import { formatCell, formatCsv } from "./chart-data.ts";

test("a CSV keeps exact figures and quotes what needs it", () => {
  const csv = formatCsv({
    columns: [
      { name: "Path", kind: "text" },
      { name: "Logical", kind: "bytes" },
      { name: "Share", kind: "share" },
      { name: "At", kind: "time" },
    ],
    rows: [
      ['a "b", c', 9_007_199_254_740_991, 0.8612345, 0],
      ["line\nbreak", null, 1, Date.UTC(2026, 10, 20, 14, 32)],
    ],
  });
  expect(csv).toBe(
    [
      "Path,Logical (bytes),Share (share),At (UTC)\r\n",
      '"a ""b"", c",9007199254740991,0.8612345,1970-01-01T00:00:00.000Z\r\n',
      '"line\nbreak",,1,2026-11-20T14:32:00.000Z\r\n',
    ].join(""),
  );
});

test("a cell in words", () => {
  expect(formatCell(0.8612, "share")).toBe("86.1%");
  expect(formatCell(5912, "count")).toBe("5,912");
  expect(formatCell(null, "bytes")).toBe("–");
  expect(formatCell("runs/a", "text")).toBe("runs/a");
});
