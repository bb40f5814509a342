"""Every deduplication figure of a store that the real clients have filled, against the raw xorbs on disk (dedup_oracle.py), to the byte."""

import os

import pytest
from dedup_compare import expect_right_figures
from dedup_oracle import Oracle


@pytest.mark.parametrize("who", ["owner", "stranger", "nobody"])
def test_every_figure_is_what_the_xorbs_say(filled, dedup_reader, who):
    expect_right_figures(dedup_reader(who), os.environ["E2E_DATA_DIR"])


def test_the_store_holds_what_it_should(filled, dedup_reader, owner):
    """The comparison would be worth little on a store without sharing."""
    oracle = Oracle(os.environ["E2E_DATA_DIR"], owner)
    runs = oracle.bucket(filled.runs)
    figures = runs.figures([""])
    assert figures["logical"] > 60_000_000
    assert figures["unique"] < 0.7 * figures["logical"]
    assert 0 < figures["exclusive"] < figures["unique"]
    assert runs.figures(["release"])["freed"] == 0
    assert runs.waiting()["bytes"] > 1_000_000
    assert len(runs.shared_with()) >= 2
    assert any(len(file.chunks) < len(file.sequence) for file in runs.files)
    assert len(runs.near_duplicates()) > 1
    oracle.close()
    assert len(dedup_reader("owner").dedup(filled.runs, "/history")["points"]) > 1
