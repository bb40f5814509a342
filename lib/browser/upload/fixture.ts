/** Runs the line against a server from Node, for tests and benchmarks. */
import type { HubAddress } from "./cas.ts";
import { Gate } from "./gate.ts";
import type { UploadFileView } from "./job.ts";
import { Line, type LineOptions } from "./pipeline.ts";
import type { ByteSource, SourceFile } from "./source.ts";
import { fetchTransport, type Transport } from "./wire.ts";

export interface TestFile {
  path: string;
  source: ByteSource;
  mtime?: number;
}

/** Every request that was made, and what it carried. */
export interface Traffic {
  requests: { method: string; path: string; bytes: number }[];
  /** Bytes of xorbs. */
  xorbBytes: number;
}

export function filesOf(contents: Record<string, Uint8Array<ArrayBuffer>>, mtime?: number): TestFile[] {
  return Object.entries(contents).map(([path, bytes]) => ({ path, source: new Blob([bytes]), mtime }));
}

/** Passes requests on and keeps count. */
export function counted(traffic: Traffic, transport: Transport = fetchTransport()): Transport {
  return (request) => {
    const { body } = request;
    const bytes = body === undefined ? 0 : body instanceof Blob ? body.size : body.length;
    const path = new URL(request.url).pathname;
    traffic.requests.push({ method: request.method, path, bytes });
    if (path.includes("/xorbs/")) traffic.xorbBytes += bytes;
    return transport(request);
  };
}

export interface TestRun {
  /** As they ended, by the path that was given. */
  files: Map<string, UploadFileView>;
  traffic: Traffic;
}

export async function runLine(
  hub: HubAddress,
  bucket: string,
  files: readonly TestFile[],
  options: Partial<Omit<LineOptions, "hub" | "bucket" | "files">> & { started?: (line: Line) => void } = {},
): Promise<TestRun> {
  const traffic: Traffic = { requests: [], xorbBytes: 0 };
  const views = new Map<number, UploadFileView>();
  async function* pieces(): AsyncGenerator<SourceFile[]> {
    for (let at = 0; at < files.length; at += 64) {
      yield files
        .slice(at, at + 64)
        .map(({ path, source, mtime }, i) => ({ id: at + i, path, source, mtime: mtime ?? null }));
    }
  }
  const { started, transport, ...rest } = options;
  const line = new Line({
    mode: "upload",
    conflict: "overwrite",
    gate: new Gate(),
    signal: new AbortController().signal,
    report: (view) => views.set(view.id, { ...view }),
    pauses: { first: 20, most: 200 },
    ...rest,
    hub,
    bucket,
    files: pieces(),
    transport: counted(traffic, transport),
  });
  started?.(line);
  await line.run();
  return { files: new Map(files.map(({ path }, id) => [path, views.get(id)!])), traffic };
}
