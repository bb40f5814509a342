"""Files as training leaves them, from fixed seeds: checkpoints of which most stays, tables that grow, logs."""

import io
import json
import struct

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

LAYERS = 8
FROZEN = 6
ROWS, COLUMNS = 1024, 512
#: Rows of a trained layer that change together.
BLOCK = 256


def bf16(seed, rows=ROWS):
    """Normal weights, as the upper halves of their float32."""
    values = np.random.default_rng(seed).standard_normal((rows, COLUMNS), dtype=np.float32) * np.float32(0.02)
    return (values.view(np.uint32) >> 16).astype(np.uint16)


def safetensors(tensors, dtype="BF16"):
    """name -> array."""
    header = {"__metadata__": {"format": "pt"}}
    at = 0
    for name, values in tensors.items():
        header[name] = {"dtype": dtype, "shape": list(values.shape), "data_offsets": [at, at + values.nbytes]}
        at += values.nbytes
    head = json.dumps(header).encode()
    head += b" " * (-len(head) % 8)
    return struct.pack("<Q", len(head)) + head + b"".join(values.tobytes() for values in tensors.values())


def trained_layer(run, index, step):
    """Every step changes every second block, and the first of them all."""
    blocks = [bf16((run, index, block, step if (block + step) % 2 == 0 else step - 1), BLOCK) for block in range(ROWS // BLOCK)]
    return np.concatenate(blocks)


def checkpoint(run, step):
    """Files of one checkpoint: two model shards of frozen and trained layers, optimizer state, two JSON files."""
    layers = {
        f"model.layers.{index}.weight": bf16((0, index)) if index < FROZEN else trained_layer(run, index, step)
        for index in range(LAYERS)
    }
    names = list(layers)
    moments = np.random.default_rng((run, step, 1)).standard_normal((2, 512, COLUMNS), dtype=np.float32)
    # The moments of what is frozen are zero.
    state = {"exp_avg": moments[0], "exp_avg_sq": moments[1] ** 2, "exp_avg.frozen": np.zeros((1024, COLUMNS), np.float32)}
    return {
        "model-00001-of-00002.safetensors": safetensors({name: layers[name] for name in names[:5]}),
        "model-00002-of-00002.safetensors": safetensors({name: layers[name] for name in names[5:]}),
        "optimizer.safetensors": safetensors(state, "F32"),
        "config.json": json.dumps({"model_type": "kestrel", "layers": LAYERS}).encode(),
        "trainer_state.json": json.dumps({"global_step": step, "loss": 2.0 / (step + 1)}).encode(),
    }


def parquet(shard, groups):
    """Row groups of 20,000 rows; one more group leaves the bytes of the others as they are."""
    sink = io.BytesIO()
    writer = None
    for group in range(groups):
        random = np.random.default_rng((shard, group))
        table = pa.table(
            {
                "id": np.arange(20_000) + group * 20_000,
                "tokens": random.integers(0, 50_000, 20_000),
                "score": random.standard_normal(20_000),
                "source": pa.array(random.choice(["web", "code", "books"], 20_000)),
            }
        )
        writer = writer or pq.ParquetWriter(sink, table.schema)
        writer.write_table(table, row_group_size=20_000)
    writer.close()
    return sink.getvalue()


def log(lines):
    random = np.random.default_rng(7)
    losses = random.random(lines)
    return "".join(f"2026-11-20T14:{line // 60 % 60:02}:{line % 60:02}Z rank{line % 8} step {line} loss {losses[line]:.6f}\n" for line in range(lines)).encode()
