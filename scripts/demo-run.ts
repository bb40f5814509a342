/**
 * The demo's training runs. Layers 0-8 and the embeddings of every checkpoint are those of the base model; the others drift, and less with
 * every step, as the learning rate decays: a tensor is either trained on or left as the checkpoint before had it.
 */
import { bf16Weights, seededRandom } from "#lib/core/xet/vectors/generate.ts";
import { type Files, json, parquet, safetensors, type Tensor, text } from "./demo-files.ts";

const RUNS: Record<string, { seed: number; every: number }> = {
  "sft-tulu-v2": { seed: 2, every: 500 },
  "sft-tulu-v3": { seed: 3, every: 500 },
  "dpo-beta01": { seed: 5, every: 200 },
};

const LAYERS = 12;
/** Layers below this are frozen: every checkpoint repeats their bytes. */
const FROZEN = 9;
/** Of a layer. */
const TENSORS = ["self_attn.qkv_proj", "mlp.gate_up_proj", "mlp.down_proj"];
const TENSOR_BYTES = 262_144;
const TRAINED = (LAYERS - FROZEN) * TENSORS.length;
/** How many of the trained tensors the first checkpoint changes, the second, and so on. */
const DRIFT = [9, 9, 8, 8, 7, 6, 5, 4, 4];

const made = new Map<number, Uint8Array>();

/** Most tensors are asked for again and again, and making them is the slow part. */
function weights(seed: number): Uint8Array {
  const known = made.get(seed) ?? bf16Weights(TENSOR_BYTES, seed);
  made.set(seed, known);
  return known;
}

/** The checkpoint that changed this tensor last, counted from 1; 0 is the base model. */
function changedAt(seed: number, tensor: number, checkpoint: number): number {
  for (let at = checkpoint; at > 0; at--) {
    // Any number of neighbours, begun elsewhere each time.
    const first = Math.floor(seededRandom(seed * 100 + at)() * TRAINED);
    if ((tensor - first + LAYERS * TENSORS.length) % TRAINED < DRIFT[at - 1]!) return at;
  }
  return 0;
}

function layer(index: number, seed: number, checkpoint: number): Tensor[] {
  return TENSORS.map((name, part) => {
    const tensor = index * TENSORS.length + part;
    const at = index < FROZEN ? 0 : changedAt(seed, tensor, checkpoint);
    return [`model.layers.${index}.${name}.weight`, weights(at === 0 ? tensor : seed * 100_000 + at * 1000 + tensor)];
  });
}

function model(files: Files, folder: string, seed: number, checkpoint: number): void {
  const layers = Array.from({ length: LAYERS }, (_, index) => layer(index, seed, checkpoint));
  files.set(`${folder}/model-00001-of-00002.safetensors`, safetensors(layers.slice(0, LAYERS / 2).flat()));
  files.set(`${folder}/model-00002-of-00002.safetensors`, safetensors(layers.slice(LAYERS / 2).flat()));
  files.set(
    `${folder}/config.json`,
    json({ model_type: "kestrel", hidden_size: 512, num_hidden_layers: LAYERS, dtype: "bfloat16" }),
  );
}

export function checkpoint(files: Files, run: string, step: number, loss: number): void {
  const { seed, every } = RUNS[run]!;
  const folder = `runs/${run}/checkpoint-${step}`;
  model(files, folder, seed, step / every);
  files.set(`${folder}/optimizer.pt`, bf16Weights(2 * TENSOR_BYTES, seed * 7000 + step));
  files.set(
    `${folder}/trainer_state.json`,
    json({ global_step: step, best_metric: loss, log_history: [{ step, loss, eval_loss: loss * 1.03 }] }),
  );
  files.set(`${folder}/scheduler.pt`, bf16Weights(1024, seed * 9000 + step));
}

export function baseModel(): Files {
  const files: Files = new Map();
  model(files, "model", 0, 0);
  files.set("README.md", text(["# Kestrel 32B, base", "", "The pretrained weights that every run begins with."]));
  return files;
}

/** One sync of the cluster: what it brought, and what it took away. */
export interface Sync {
  files: Files;
  deletes: string[];
}

/** Each checkpoint comes by itself, as it was saved. */
export function* trainingRun(): Generator<Sync> {
  const sync = (fill: (files: Files) => void, deletes: string[] = []): Sync => {
    const files: Files = new Map();
    fill(files);
    return { files, deletes };
  };
  function* steps(run: string, to: number, loss: (step: number) => number) {
    const { every } = RUNS[run]!;
    for (let step = every; step <= to; step += every) yield sync((files) => checkpoint(files, run, step, loss(step)));
  }
  yield sync((files) => {
    surroundings(files);
    shards(files, "2026-10", 5);
  });
  yield* steps("sft-tulu-v2", 3000, (step) => 2.3 * step ** -0.1);
  yield sync((files) => {
    evaluation(files, "sft-tulu-v2", 3000);
    logs(files, 1, 6);
  });
  yield* steps("dpo-beta01", 800, (step) => 0.69 - step / 9000);
  const given = [200, 400].map((step) => `runs/dpo-beta03/checkpoint-${step}/optimizer.pt`);
  yield sync((files) => {
    // The same rows, and those of the month since.
    shards(files, "2026-11", 7);
    for (const [at, path] of given.entries()) files.set(path, bf16Weights(8 * TENSOR_BYTES, 31_000 + at));
    logs(files, 7, 12);
  });
  yield* steps("sft-tulu-v3", 4000, (step) => 2.2 * step ** -0.1);
  yield sync((files) => {
    metrics(files);
    evaluation(files, "sft-tulu-v3", 4000);
    model(files, "export/kestrel-32b-sft", RUNS["sft-tulu-v3"]!.seed, 4000 / 500);
    files.set("export/kestrel-32b-sft-int8.gguf", bf16Weights(12 * TENSOR_BYTES, 32_000));
    logs(files, 13, 18);
    // The run was given up: its files wait to be freed.
  }, given);
}

/** `parts` row groups each, of which an earlier version's are the first. */
function shards(files: Files, version: string, parts: number): void {
  for (let shard = 0; shard < 4; shard++) {
    files.set(
      `shards/${version}/train-${String(shard).padStart(5, "0")}-of-00004.parquet`,
      parquet(Array.from({ length: parts }, (_, part) => 900 + shard * 100 + part)),
    );
  }
}

function evaluation(files: Files, run: string, step: number): void {
  const next = seededRandom(step);
  for (const suite of ["gsm8k", "ifeval", "mmlu-pro"]) {
    const lines = Array.from({ length: 1500 }, (_, doc) =>
      JSON.stringify({ doc, target: doc % 7, prediction: Math.floor(next() * 7), tokens: Math.floor(next() * 900) }),
    );
    files.set(`eval/${run}-${step}/${suite}.jsonl`, text(lines));
  }
}

function metrics(files: Files): void {
  const next = seededRandom(11);
  const lines = Array.from({ length: 4000 }, (_, step) =>
    JSON.stringify({
      step,
      loss: +(2.2 * (step + 1) ** -0.1 + (next() - 0.5) * 0.06).toFixed(4),
      lr: 2e-5,
      tokens: step * 65536,
    }),
  );
  files.set("runs/sft-tulu-v3/metrics.jsonl", text(lines));
}

/** A file a day, and the one that they are all appended to. */
function logs(files: Files, from: number, to: number): void {
  const all: string[] = [];
  for (let day = 1; day <= to; day++) {
    const next = seededRandom(1100 + day);
    const date = `2026-11-${String(day).padStart(2, "0")}`;
    const lines = Array.from(
      { length: 900 },
      (_, line) =>
        `${date}T${String(line % 24).padStart(2, "0")}:00:00Z rank${line % 8} step ${day * 200 + line} loss ${(2 - next()).toFixed(4)} grad_norm ${next().toFixed(3)}`,
    );
    if (day >= from) files.set(`logs/train-${date}.log`, text(lines));
    all.push(...lines);
  }
  files.set("logs/train.log", text(all));
}

function surroundings(files: Files): void {
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
      "| sft-tulu-v2 | SFT | 3,000 | 1.021 |",
      "| dpo-beta01 | DPO | 800 | 0.612 |",
      "",
      "```bash",
      "hf buckets sync hf://buckets/<owner>/kestrel-32b-sft/runs/sft-tulu-v3/checkpoint-4000 ./checkpoint-4000",
      "```",
    ]),
  );
}
