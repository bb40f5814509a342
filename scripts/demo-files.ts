/** What the demo's buckets hold: made here from fixed seeds, so that deduplication, folders and figures are those of a real store. */
import { bf16Weights, seededRandom } from "#lib/core/xet/vectors/generate.ts";

export const MB = 1_000_000;
export const text = (lines: string[]) => new TextEncoder().encode(`${lines.join("\n")}\n`);
export const json = (value: unknown) => text([JSON.stringify(value, null, 2)]);

export type Tensor = [name: string, data: Uint8Array];

/** A safetensors file: u64 header length, JSON header, then the tensors one after another. */
export function safetensors(tensors: Tensor[]): Uint8Array {
  const header: Record<string, unknown> = { __metadata__: { format: "pt" } };
  let offset = 0;
  for (const [name, data] of tensors) {
    const columns = 512;
    header[name] = {
      dtype: "BF16",
      shape: [data.length / 2 / columns, columns],
      data_offsets: [offset, offset + data.length],
    };
    offset += data.length;
  }
  const head = Buffer.from(JSON.stringify(header).padEnd(Math.ceil(JSON.stringify(header).length / 8) * 8));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(head.length));
  return Buffer.concat([length, head, ...tensors.map(([, data]) => data)]);
}

export type Files = Map<string, Uint8Array>;

/** A file of row groups, each told by its seed: the same rows are the same bytes, and only the footer depends on all of them. */
export function parquet(rowGroups: number[]): Uint8Array {
  const magic = new TextEncoder().encode("PAR1");
  const groups = rowGroups.map((seed) => bf16Weights(0.2 * MB, seed));
  const footer = json({ num_rows: rowGroups.length * 4096, row_groups: rowGroups });
  const length = Buffer.alloc(4);
  length.writeUInt32LE(footer.length);
  return Buffer.concat([magic, ...groups, footer, length, magic]);
}

export function shards(): Files {
  const files: Files = new Map();
  // The first four are those that the runs were trained on.
  for (let shard = 0; shard < 16; shard++) {
    files.set(
      `data/train-${String(shard).padStart(5, "0")}-of-00016.parquet`,
      parquet([0, 1, 2, 3, 4].map((part) => 900 + shard * 100 + part)),
    );
  }
  files.set("data/validation-00000-of-00001.parquet", parquet([99, 98]));
  files.set(
    "dataset_info.json",
    json({ splits: { train: { num_examples: 939_343 }, validation: { num_examples: 4_096 } } }),
  );
  files.set(
    "README.md",
    text(["# Tulu shards", "", "Instruction data, tokenised with the Kestrel tokenizer and packed to 32k tokens."]),
  );
  return files;
}

export function traces(): Files {
  const files: Files = new Map();
  const next = seededRandom(77);
  for (let day = 10; day <= 19; day++) {
    for (let trace = 0; trace < 40; trace++) {
      const turns = Array.from({ length: 6 + Math.floor(next() * 20) }, (_, turn) =>
        JSON.stringify({
          turn,
          role: turn % 2 ? "assistant" : "tool",
          tokens: Math.floor(next() * 900),
          tool: ["bash", "search", "edit"][Math.floor(next() * 3)],
          ok: next() > 0.1,
        }),
      );
      files.set(`2026-11-${day}/sweeper-${String(trace).padStart(4, "0")}.jsonl`, text(turns));
    }
  }
  files.set("README.md", text(["# Agent traces", "", "One JSON line a turn, one file a session, one folder a day."]));
  return files;
}
