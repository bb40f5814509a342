/** The worker of the benchmark: the line with an address of its own, or one engine that cuts a file. Its name says which. */
import { createChunker, finalize, nextBlock } from "@huggingface/xetchunk-wasm";
import { FileCutter } from "#lib/browser/upload/chunk.ts";
import type { Order } from "#lib/browser/upload/messages.ts";
import { createRunner } from "#lib/browser/upload/runner.ts";
import { PieceReader } from "#lib/browser/upload/source.ts";
import { fetchTransport, xhrTransport } from "#lib/browser/upload/wire.ts";

export interface CutSetup {
  kind: "cut";
  /** "read" only reads. */
  engine: "ours" | "ours-fallback" | "peer" | "read";
}

export type WorkerSetup = { kind: "upload"; origin: string; token: string } | CutSetup;

const scope = self as unknown as {
  name: string;
  postMessage(data: unknown): void;
  onmessage: ((event: { data: never }) => void) | null;
};
const setup = JSON.parse(scope.name) as WorkerSetup;

if (setup.kind === "upload") {
  const plain = fetchTransport();
  const take = createRunner({
    hub: { origin: setup.origin, headers: { Authorization: `Bearer ${setup.token}` } },
    transport: (request) => (request.onSent ? xhrTransport : plain)(request),
    post: (report) => scope.postMessage(report),
  });
  scope.onmessage = ({ data }: { data: Order }) => take(data);
} else {
  scope.onmessage = async ({ data }: { data: File }) => {
    const start = performance.now();
    await cut(setup.engine, data);
    scope.postMessage(performance.now() - start);
  };
}

async function cut(engine: CutSetup["engine"], file: File): Promise<void> {
  const { signal } = new AbortController();
  if (engine === "read") {
    for await (const _ of new PieceReader().read(file, signal));
  } else if (engine === "peer") {
    const chunker = createChunker();
    const reader = file.stream().getReader();
    while (true) {
      const { done, value } = await reader.read();
      if (done) break;
      nextBlock(chunker, value);
    }
    finalize(chunker);
  } else {
    const cutter = new FileCutter(engine === "ours" ? "byob" : "fallback");
    Object.assign(scope, { cutter });
    for await (const _ of cutter.cut(file, () => {}, signal));
  }
}
