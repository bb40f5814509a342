/** What the demo's buckets hold: made here from fixed seeds, so that deduplication, folders and figures are those of a real store. */
import { bf16Weights, seededRandom } from "#lib/core/xet/vectors/generate.ts";

export const MB = 1_000_000;
export const text = (lines: string[]) => new TextEncoder().encode(`${lines.join("\n")}\n`);
export const json = (value: unknown) => text([JSON.stringify(value, null, 2)]);

/** A safetensors file: u64 header length, JSON header, then the tensors one after another. */
function safetensors(tensors: [name: string, data: Uint8Array][]): Uint8Array {
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

const LAYERS = 12;
const LAYER_BYTES = 1_048_576;
/** Layers below this are frozen: every checkpoint repeats their bytes. */
const FROZEN = 9;

export function checkpoint(files: Files, run: string, seed: number, step: number, loss: number): void {
  const folder = `runs/${run}/checkpoint-${step}`;
  const layer = (index: number): [string, Uint8Array] => [
    `model.layers.${index}.mlp.weight`,
    bf16Weights(LAYER_BYTES, index < FROZEN ? index : seed * 1000 + step * 31 + index),
  ];
  const layers = Array.from({ length: LAYERS }, (_, index) => layer(index));
  files.set(`${folder}/model-00001-of-00002.safetensors`, safetensors(layers.slice(0, LAYERS / 2)));
  files.set(`${folder}/model-00002-of-00002.safetensors`, safetensors(layers.slice(LAYERS / 2)));
  files.set(`${folder}/optimizer.pt`, bf16Weights(2 * LAYER_BYTES, seed * 7000 + step));
  files.set(
    `${folder}/config.json`,
    json({ model_type: "kestrel", hidden_size: 512, num_hidden_layers: LAYERS, dtype: "bfloat16" }),
  );
  files.set(
    `${folder}/trainer_state.json`,
    json({ global_step: step, best_metric: loss, log_history: [{ step, loss, eval_loss: loss * 1.03 }] }),
  );
  files.set(`${folder}/scheduler.pt`, bf16Weights(1024, step));
}

export function trainingRun(): Files {
  const files: Files = new Map();
  for (let step = 500; step <= 4000; step += 500) checkpoint(files, "sft-tulu-v3", 3, step, 2.2 * step ** -0.1);
  for (let step = 200; step <= 800; step += 200) checkpoint(files, "dpo-beta01", 5, step, 0.69 - step / 9000);
  const next = seededRandom(11);
  const metrics = Array.from({ length: 4000 }, (_, step) =>
    JSON.stringify({
      step,
      loss: +(2.2 * (step + 1) ** -0.1 + (next() - 0.5) * 0.06).toFixed(4),
      lr: 2e-5,
      tokens: step * 65536,
    }),
  );
  files.set("runs/sft-tulu-v3/metrics.jsonl", text(metrics));
  for (let day = 1; day <= 18; day++) {
    const lines = Array.from(
      { length: 900 },
      (_, line) =>
        `2026-11-${String(day).padStart(2, "0")}T${String(line % 24).padStart(2, "0")}:00:00Z rank${line % 8} step ${day * 200 + line} loss ${(2 - next()).toFixed(4)} grad_norm ${next().toFixed(3)}`,
    );
    files.set(`logs/train-2026-11-${String(day).padStart(2, "0")}.log`, text(lines));
  }
  files.set(
    "tokenizer/tokenizer.json",
    json({
      version: "1.0",
      model: { type: "BPE", vocab: Object.fromEntries(Array.from({ length: 8000 }, (_, id) => [`tok${id}`, id])) },
    }),
  );
  files.set(
    "tokenizer/tokenizer_config.json",
    json({ model_max_length: 32768, tokenizer_class: "PreTrainedTokenizerFast" }),
  );
  files.set(
    "train.yaml",
    text(["model: kestrel-32b", "stage: sft", "freeze_layers: 0-8", "learning_rate: 2.0e-5", "save_steps: 500"]),
  );
  files.set(
    "README.md",
    text([
      "# Kestrel 32B, supervised fine-tuning",
      "",
      "Checkpoints, tokenised shards and evaluation output of the SFT and DPO stages. Embeddings and layers 0–8 stay frozen; the top three layers are trained, so neighbouring checkpoints share most of their bytes.",
      "",
      "[`runs/sft-tulu-v3`](runs/sft-tulu-v3) is the current run. Resume from its newest complete checkpoint.",
      "",
      "| run | stage | steps | best eval loss |",
      "| --- | --- | ---: | ---: |",
      "| sft-tulu-v3 | SFT | 4,000 | 0.998 |",
      "| dpo-beta01 | DPO | 800 | 0.612 |",
      "",
      "```bash",
      "hf buckets sync hf://buckets/<owner>/kestrel-32b-sft/runs/sft-tulu-v3/checkpoint-4000 ./checkpoint-4000",
      "```",
    ]),
  );
  return files;
}

export function shards(): Files {
  const files: Files = new Map();
  for (let index = 0; index < 24; index++)
    files.set(`data/train-${String(index).padStart(5, "0")}-of-00024.parquet`, bf16Weights(1.5 * MB, 900 + index));
  files.set("data/validation-00000-of-00001.parquet", bf16Weights(0.4 * MB, 999));
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
