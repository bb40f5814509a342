"""The figures once more after garbage collection has taken everything that nothing refers to, and rewrote every xorb that held some of it.

The last file of the suite by its name: what goes here is what the clients believe to be stored still.
"""

import json
import os

from conftest import node_script, read_all
from dedup_compare import expect_right_figures
from dedup_oracle import Oracle


def waiting_of(oracle, name):
    return oracle.bucket(name).waiting()["bytes"]


def test_nothing_changes_but_what_waits(filled, dedup_reader, owner, api, tmp_path):
    data_dir = os.environ["E2E_DATA_DIR"]
    before = Oracle(data_dir, owner)
    assert waiting_of(before, filled.runs) > 0
    figures = {name: before.bucket(name).figures([""]) for name in before.names}
    before.close()

    freed = json.loads(node_script("gc.ts", "--grace", "0", "--rewrite-share", "1", "--json"))
    assert freed["freedBytes"] > 0

    after = Oracle(data_dir, owner)
    assert {name: after.bucket(name).figures([""]) for name in after.names} == figures
    assert waiting_of(after, filled.runs) == 0
    thinned = [xorb for xorb, chunks in after.store.xorbs_read.items() if None in chunks]
    assert thinned
    after.close()
    for who in ("owner", "stranger", "nobody"):
        expect_right_figures(dedup_reader(who), data_dir)
    assert len(read_all(api, filled.runs, tmp_path)) == figures[filled.runs]["files"]
