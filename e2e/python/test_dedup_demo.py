"""Every deduplication figure of `npm run demo`, against the raw xorbs on disk (dedup_oracle.py), to the byte."""

import os

import pytest
from conftest import node_script
from dedup_compare import Reader, expect_right_figures

#: The account of the first start, and a member of the demo's organization, who does not see the account's own buckets.
READERS = ["owner", "yuki-kato"]


@pytest.fixture(scope="module")
def demo():
    node_script("demo.ts")


@pytest.mark.parametrize("name", READERS)
def test_every_figure_is_what_the_xorbs_say(demo, endpoint, name):
    token = node_script("admin.ts", "token", "create", name, "--role", "read")
    expect_right_figures(Reader(endpoint, name, token), os.environ["E2E_DATA_DIR"])
