/** Unpacks the terms of a file into plain bytes (for downloads that do not speak Xet). */
import { HubError } from "#lib/core/errors.ts";
import { viewDecompressed } from "#lib/core/xet/compress.ts";
import { XorbWalker } from "#lib/core/xet/xorb.ts";
import type { Ack, Decoded, DecodeJob, End, Piece, TermStart } from "../jobs.ts";
import type { JobLine } from "./line.ts";

const OUTPUT_BYTES = 1024 * 1024;
/** Pieces sent and not yet taken by the reader. */
const OUTPUT_UNDER_WAY = 3;

type Message = TermStart | Piece | End | Ack;

export async function runDecode(line: JobLine, { total }: DecodeJob) {
  /** What came while we waited for an ack. */
  const early: Message[] = [];
  let underWay = 0;
  const next = async () => {
    while (true) {
      const message = early.shift() ?? (await line.receive<Message>());
      if (message.type !== "ack") return message;
      underWay -= 1;
    }
  };
  const room = async () => {
    while (underWay >= OUTPUT_UNDER_WAY) {
      const message = await line.receive<Message>();
      if (message.type === "ack") underWay -= 1;
      else early.push(message);
    }
  };

  let output = new Uint8Array(0);
  let filled = 0;
  let left = total;
  let walker = new XorbWalker();
  let skip = 0;
  let take = 0;
  const flush = async () => {
    await room();
    underWay += 1;
    left -= filled;
    line.send({ type: "decoded", bytes: output.subarray(0, filled) } satisfies Decoded, [output.buffer]);
    output = new Uint8Array(0);
    filled = 0;
  };

  while (true) {
    const message = await next();
    if (message.type === "end") break;
    if (message.type === "term") {
      walker = new XorbWalker();
      ({ skip, take } = message);
      continue;
    }
    for (const { scheme, data, length } of walker.push(new Uint8Array(message.buffer, 0, message.length))) {
      const from = Math.min(skip, length);
      const to = Math.min(length, from + take);
      skip -= from;
      take -= to - from;
      if (from === to) continue;
      if (filled > 0 && filled + to - from > output.length) await flush();
      if (filled === 0) output = new Uint8Array(Math.min(OUTPUT_BYTES, left));
      output.set(viewDecompressed(scheme, data, length).subarray(from, to), filled);
      filled += to - from;
    }
    line.send({ type: "ack", buffer: message.buffer } satisfies Ack);
  }
  if (filled > 0) await flush();
  if (left > 0) throw new HubError("Internal", `A stored file lacks ${left} bytes.`);
  return { result: null };
}
