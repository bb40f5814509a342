/**
 * What @huggingface/hub does to each chunk before it is packed (its writeChunk): LZ4 and byte-grouped LZ4, and keeps the smaller.
 * The package exports neither part, so they are taken from the sources it ships, types stripped.
 */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createRequire, stripTypeScriptTypes } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";

interface HubCompression {
  lz4Compress(bytes: Uint8Array): Uint8Array;
  lz4Decompress(bytes: Uint8Array, length: number): Uint8Array;
  bg4Split(bytes: Uint8Array): Uint8Array;
  bg4Regroup(bytes: Uint8Array): Uint8Array;
}

async function loadHubCompression(): Promise<HubCompression> {
  const source = join(dirname(createRequire(import.meta.url).resolve("@huggingface/hub")), "../src");
  const copy = await mkdtemp(join(tmpdir(), "hub-compression-"));
  try {
    await writeFile(join(copy, "package.json"), '{ "type": "module" }');
    for (const name of ["index", "xxh32", "util"]) {
      const text = await readFile(join(source, `vendor/lz4js/${name}.ts`), "utf8");
      await writeFile(join(copy, `${name}.js`), stripTypeScriptTypes(text));
    }
    const blob = await readFile(join(source, "utils/XetBlob.ts"), "utf8");
    const functions = ["bg4_regroup_bytes", "bg4_split_bytes"].map((name) => {
      const start = blob.indexOf(`export function ${name}(`);
      return blob.slice(start, blob.indexOf("\n}\n", start) + 3);
    });
    await writeFile(join(copy, "bg4.js"), stripTypeScriptTypes(functions.join("\n")));
    const lz4 = await import(pathToFileURL(join(copy, "index.js")).href);
    const bg4 = await import(pathToFileURL(join(copy, "bg4.js")).href);
    return {
      lz4Compress: lz4.compress,
      lz4Decompress: lz4.decompress,
      bg4Split: bg4.bg4_split_bytes,
      bg4Regroup: bg4.bg4_regroup_bytes,
    };
  } finally {
    await rm(copy, { recursive: true });
  }
}

export const hubCompression = await loadHubCompression();

/** The scheme and the stored bytes that hub.js chooses for a chunk. */
export function hubWriteChunk(chunk: Uint8Array): { scheme: number; data: Uint8Array } {
  const plain = hubCompression.lz4Compress(chunk);
  const grouped = hubCompression.lz4Compress(hubCompression.bg4Split(chunk));
  const [scheme, data] = grouped.length < plain.length ? [2, grouped] : [1, plain];
  return data.length < chunk.length ? { scheme, data } : { scheme: 0, data: chunk };
}
