"""Figures are kept by difference: after random copies, deletes and changes of who may see what they are still what the xorbs say."""

import json
import os
import random

import pytest
from dedup_compare import expect_right_figures
from dedup_store import RawStore, hex_of
from huggingface_hub.utils import build_hf_headers, get_session

ROUNDS = 3


@pytest.fixture
def writers(filled):
    """By bucket: the token of who may change it."""
    mine, theirs = os.environ["HF_TOKEN"], os.environ["E2E_STRANGER_TOKEN"]
    return {
        filled.runs: mine,
        filled.mirror: mine,
        filled.lab: mine,
        filled.hidden: theirs,
        filled.open: theirs,
    }


def random_lines(dice, bucket, files, sources):
    """Of a batch, at most one a path."""
    lines = {}
    for _ in range(dice.randint(2, 10)):
        if dice.random() < 0.5:
            path = dice.choice(files[bucket]).path
            lines[path] = {"type": "deleteFile", "path": path}
            continue
        source = dice.choice(sources)
        file = dice.choice(files[source])
        # A new place, or that of another file.
        new = f"runs/new/checkpoint-{dice.randrange(4)}/{file.path.rpartition('/')[2]}"
        path = dice.choice([new, dice.choice(files[bucket]).path])
        lines[path] = {
            "type": "copyFile",
            "path": path,
            "xetHash": hex_of(file.hash),
            "sourceRepoType": "bucket",
            "sourceRepoId": source,
        }
    return "\n".join(json.dumps(line) for line in lines.values())


def test_every_figure_after_random_changes(writers, endpoint, dedup_reader):
    dice = random.Random(5)

    def send(method, bucket, what, **body):
        url = f"{endpoint}/api/buckets/{bucket}/{what}"
        answer = get_session().request(method, url, headers=build_hf_headers(token=writers[bucket]), **body)
        assert answer.status_code == 200, answer.text

    for _ in range(ROUNDS):
        for bucket in dice.sample(list(writers), 3):
            store = RawStore(os.environ["E2E_DATA_DIR"])
            files = {name: store.files(store.bucket_id(name)) for name in writers}
            store.close()
            sources = [name for name in writers if writers[name] == writers[bucket]]
            send("POST", bucket, "batch", content=random_lines(dice, bucket, files, sources))
        send("PUT", dice.choice(list(writers)), "settings", json={"private": dice.random() < 0.5})
        for who in ("owner", "stranger", "nobody"):
            expect_right_figures(dedup_reader(who), os.environ["E2E_DATA_DIR"], least=0)
