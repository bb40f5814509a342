"""A store for figures of deduplication, filled by the real clients: what training leaves, copied, deleted and shared between accounts."""

import os
import shutil
from types import SimpleNamespace

from conftest import Hf, random_bytes, uri, write_tree
from huggingface_hub import HfApi
from training_files import checkpoint, log, parquet

MODEL = "model-00002-of-00002.safetensors"


def put(local, folder, files):
    write_tree(local, {f"{folder}/{name}": data for name, data in files.items()})


def first_sync(local):
    for step in (1, 2):
        put(local, f"runs/sft/checkpoint-{step}", checkpoint(1, step))
    put(local, "data/2026-10", {f"train-{shard:05}.parquet": parquet(shard, 4) for shard in range(3)})
    put(local, "logs", {"train.log": log(6_000), "archive/train-1.log": log(6_000)})
    put(local, "odd", {"empty.bin": b"", "one.bin": b"1", "zeros.bin": bytes(3_000_000), "日本 語.txt": b"text"})
    # The same bytes in the file again and again, apart and in another order.
    part = random_bytes(700_000, 5)
    put(local, "odd", {"repeats.bin": part + random_bytes(200_000, 6) + part + part[100_000:] + part})


def second_sync(local):
    for step in (3, 4):
        put(local, f"runs/sft/checkpoint-{step}", checkpoint(1, step))
    for step in (10, 20, 30):
        put(local, f"runs/dpo/step_{step}", checkpoint(2, step))
    put(local, "data/2026-11", {f"train-{shard:05}.parquet": parquet(shard, 6) for shard in range(4)})
    put(local, "logs", {"train.log": log(14_000), "archive/train-2.log": log(14_000)})


def third_sync(local):
    shutil.rmtree(local / "runs/sft/checkpoint-1")
    (local / "data/2026-10/train-00002.parquet").unlink()
    put(local, "logs", {"train.log": log(22_000)})
    # Two halves of different files, and something new between them.
    halves = [(local / f"runs/sft/checkpoint-{step}/{MODEL}").read_bytes() for step in (2, 4)]
    put(local, "merged", {"soup.safetensors": halves[0][:2_000_000] + random_bytes(300_000, 9) + halves[1][1_000_000:]})


def fill(folder, owner, stranger, org):
    """Three syncs, copies and deletions in a private bucket; a public one, one of an organization and two of a stranger that share with it."""
    local = folder / "training"
    local.mkdir()
    hf = Hf()
    api = HfApi()
    theirs = {"token": os.environ["E2E_STRANGER_TOKEN"]}
    names = SimpleNamespace(
        runs=f"{owner}/dedup-runs",
        mirror=f"{owner}/dedup-mirror",
        lab=f"{org}/dedup-lab",
        hidden=f"{stranger}/dedup-hidden",
        open=f"{stranger}/dedup-open",
    )
    for name, options in (
        (names.runs, ["--private"]),
        (names.mirror, []),
        (names.lab, ["--private"]),
    ):
        hf.run("buckets", "create", name, *options)
    hf.run("buckets", "create", names.hidden, "--private", **theirs)
    hf.run("buckets", "create", names.open, **theirs)

    first_sync(local)
    hf.run("buckets", "sync", local, uri(names.runs))
    second_sync(local)
    hf.run("buckets", "sync", local, uri(names.runs))
    third_sync(local)
    hf.run("buckets", "sync", local, uri(names.runs), "--delete")
    hf.run("buckets", "cp", uri(names.runs, "runs/sft/checkpoint-4"), uri(names.runs, "release/"))
    hf.run("buckets", "cp", uri(names.runs, "odd/repeats.bin"), uri(names.runs, "odd/again/repeats.bin"))
    hf.run("buckets", "rm", f"{names.runs}/runs/dpo/step_30", "-R", "--yes")

    hf.run("buckets", "cp", uri(names.runs, "runs/sft/checkpoint-2"), uri(names.mirror, "base/"))
    hf.run("buckets", "cp", uri(names.runs, "data/2026-11"), uri(names.mirror, "data/"))
    api.batch_bucket_files(names.mirror, add=[(checkpoint(3, 5)[MODEL], "next/model.safetensors")])
    hf.run("buckets", "cp", uri(names.runs, "logs"), uri(names.lab, "logs/"))
    hf.run("buckets", "cp", uri(names.mirror, "base"), uri(names.lab, "base/"))

    # Somebody else has some of the same files, from a machine of their own, and took others from what is public.
    elsewhere = folder / "elsewhere"
    put(elsewhere, "mine", checkpoint(1, 4))
    put(elsewhere, "mine", {"secret.bin": random_bytes(500_000, 21), "train.log": log(14_000)})
    cache = {"HF_XET_CACHE": str(elsewhere / "cache"), "HF_HOME": str(elsewhere / "home")}
    before = {name: os.environ[name] for name in cache}
    os.environ.update(cache)
    hf.run("buckets", "sync", elsewhere / "mine", uri(names.hidden, "mine"), **theirs)
    os.environ.update(before)
    hf.run("buckets", "cp", uri(names.mirror, "base"), uri(names.open, "fork/"), **theirs)
    hf.run("buckets", "cp", uri(names.mirror, "data"), uri(names.hidden, "data/"), **theirs)

    return names


def remove(names):
    for name in (names.runs, names.mirror, names.lab):
        HfApi().delete_bucket(name)
    for name in (names.hidden, names.open):
        HfApi(token=os.environ["E2E_STRANGER_TOKEN"]).delete_bucket(name)
