"""HfFileSystem on hf://buckets/..., which pandas, Polars, Dask and DuckDB stand on."""

import os

import pytest
from conftest import ODD_NAMES, random_bytes
from huggingface_hub import HfFileSystem
from huggingface_hub.errors import HfHubHTTPError
from huggingface_hub.utils import get_session

pytestmark = pytest.mark.since("1.10.0")

DATA = random_bytes(6_000_000, 21)


@pytest.fixture
def fs():
    return HfFileSystem(skip_instance_cache=True, use_listings_cache=False)


@pytest.fixture
def root(api, bucket):
    api.batch_bucket_files(
        bucket,
        add=[(DATA, "data/big.bin"), (b"one\ntwo\nthree\n", "data/text.txt"), (b"", "data/empty"), (b"# it", "README.md")]
        + [(b"x", "data/deep/er/leaf.txt"), (b"y", "data.txt")],
    )
    return f"hf://buckets/{bucket}"


def names(entries):
    return sorted(entry.split("/", 3)[3] for entry in entries)


def test_ls(fs, root):
    assert names(fs.ls(root, detail=False)) == ["README.md", "data", "data.txt"]
    assert names(fs.ls(f"{root}/data", detail=False)) == ["data/big.bin", "data/deep", "data/empty", "data/text.txt"]
    details = {entry["name"].split("/")[-1]: entry for entry in fs.ls(f"{root}/data", detail=True)}
    assert details["big.bin"]["size"] == len(DATA)
    assert details["deep"]["type"] == "directory"
    assert details["big.bin"]["type"] == "file"
    with pytest.raises(FileNotFoundError):
        fs.ls(f"{root}/nope")
    with pytest.raises(FileNotFoundError):
        fs.ls(f"{root}/dat")


def test_info_exists_and_kinds(fs, root):
    assert fs.info(f"{root}/data/big.bin")["size"] == len(DATA)
    assert fs.info(f"{root}/data")["type"] == "directory"
    assert fs.exists(f"{root}/data/text.txt") and not fs.exists(f"{root}/data/nope")
    assert fs.isfile(f"{root}/README.md") and fs.isdir(f"{root}/data/deep")
    assert not fs.exists("hf://buckets/nobody-here/nothing/x")
    assert fs.modified(f"{root}/README.md").tzinfo is not None
    assert fs.modified(f"{root}/data") is not None


def test_find_and_walk(fs, root):
    everything = ["README.md", "data.txt", "data/big.bin", "data/deep/er/leaf.txt", "data/empty", "data/text.txt"]
    assert names(fs.find(root)) == everything
    assert names(fs.find(f"{root}/data")) == everything[2:]
    assert names(fs.find(root, maxdepth=1)) == ["README.md", "data.txt"]
    walked = {path.split("/", 3)[3]: files for path, _, files in fs.walk(f"{root}/data")}
    assert sorted(walked["data"]) == ["big.bin", "empty", "text.txt"]
    assert walked["data/deep/er"] == ["leaf.txt"]


def test_glob(fs, root):
    assert names(fs.glob(f"{root}/data/*.txt")) == ["data/text.txt"]
    assert names(fs.glob(f"{root}/**/*.txt")) == ["data.txt", "data/deep/er/leaf.txt", "data/text.txt"]
    assert names(fs.glob(f"{root}/*")) == ["README.md", "data", "data.txt"]
    assert fs.glob(f"{root}/nope/*") == []


def test_read(fs, root):
    with fs.open(f"{root}/data/big.bin", "rb") as file:
        assert file.read() == DATA
    assert fs.cat_file(f"{root}/data/big.bin") == DATA
    assert fs.read_text(f"{root}/data/text.txt") == "one\ntwo\nthree\n"
    with fs.open(f"{root}/data/text.txt", "r") as file:
        assert file.readlines() == ["one\n", "two\n", "three\n"]
    assert fs.cat_file(f"{root}/data/empty") == b""


def test_read_parts(fs, root):
    with fs.open(f"{root}/data/big.bin", "rb", block_size=100_000) as file:
        for start, length in ((0, 1), (131_071, 3), (2_000_000, 500_000), (len(DATA) - 10, 100), (5, 0)):
            file.seek(start)
            assert file.read(length) == DATA[start : start + length]
        file.seek(-7, 2)
        assert file.read() == DATA[-7:]
        assert file.read() == b""
    assert fs.cat_file(f"{root}/data/big.bin", start=1_000, end=1_100) == DATA[1_000:1_100]
    assert fs.cat_file(f"{root}/data/big.bin", start=-50) == DATA[-50:]
    assert fs.cat_ranges([f"{root}/data/big.bin"] * 2, [0, 900_000], [10, 900_500]) == [DATA[:10], DATA[900_000:900_500]]


def test_read_as_a_stream(fs, root):
    with fs.open(f"{root}/data/big.bin", "rb", block_size=0) as file:
        pieces = iter(lambda: file.read(777_777), b"")
        assert b"".join(pieces) == DATA


def test_get_file(fs, root, tmp_path):
    fs.get_file(f"{root}/data/big.bin", str(tmp_path / "big.bin"))
    assert (tmp_path / "big.bin").read_bytes() == DATA
    fs.get(f"{root}/data", str(tmp_path / "all"), recursive=True)
    assert (tmp_path / "all/deep/er/leaf.txt").read_bytes() == b"x"


def test_write(fs, root):
    with fs.open(f"{root}/new/file.txt", "w") as file:
        file.write("written\n")
        file.write("twice")
    assert fs.read_text(f"{root}/new/file.txt") == "written\ntwice"
    with fs.open(f"{root}/new/file.txt", "wb") as file:
        for start in range(0, len(DATA), 1_000_000):
            file.write(DATA[start : start + 1_000_000])
    assert fs.cat_file(f"{root}/new/file.txt") == DATA
    fs.pipe_file(f"{root}/new/piped", b"piped")
    assert fs.cat_file(f"{root}/new/piped") == b"piped"


def test_put_file(fs, root, tmp_path):
    (tmp_path / "f").write_bytes(DATA)
    fs.put_file(str(tmp_path / "f"), f"{root}/put/f")
    assert fs.cat_file(f"{root}/put/f") == DATA


def test_rm(fs, root):
    fs.rm(f"{root}/README.md")
    assert not fs.exists(f"{root}/README.md")
    fs.rm(f"{root}/data", recursive=True)
    assert names(fs.find(root)) == ["data.txt"]


@pytest.mark.since("2.4.0")
def test_cp_and_mv(fs, root):
    fs.cp_file(f"{root}/data/big.bin", f"{root}/copy/big.bin")
    assert fs.cat_file(f"{root}/copy/big.bin") == DATA
    fs.copy(f"{root}/data", f"{root}/second", recursive=True)
    assert fs.cat_file(f"{root}/second/deep/er/leaf.txt") == b"x"
    fs.mv(f"{root}/copy/big.bin", f"{root}/moved/big.bin")
    assert fs.cat_file(f"{root}/moved/big.bin") == DATA
    assert not fs.exists(f"{root}/copy/big.bin")


@pytest.mark.since("2.4.0")
def test_cp_to_another_bucket(fs, root, new_bucket):
    other = new_bucket()
    fs.cp_file(f"{root}/data/text.txt", f"hf://buckets/{other}/t.txt")
    assert fs.read_text(f"hf://buckets/{other}/t.txt") == "one\ntwo\nthree\n"


def test_url(fs, root, bucket, endpoint):
    assert fs.url(f"{root}/data/text.txt") == f"{endpoint}/buckets/{bucket}/resolve/data/text.txt"
    assert get_session().get(fs.url(f"{root}/data/text.txt")).content == b"one\ntwo\nthree\n"


def test_odd_names(fs, api, bucket):
    # `@` parts a revision from a name in this file system's addresses, and `*?[` are patterns to it.
    odd = [name for name in ODD_NAMES if not set(name) & set("@*?[")]
    api.batch_bucket_files(bucket, add=[(name.encode(), name) for name in odd])
    found = fs.find(f"hf://buckets/{bucket}")
    assert names(found) == sorted(odd)
    for path in found:
        assert fs.cat_file(path) == path.split("/", 3)[3].encode()


def test_a_stranger_sees_no_private_bucket(api, new_bucket):
    hidden = new_bucket(private=True)
    api.batch_bucket_files(hidden, add=[(b"x", "x")])
    stranger = HfFileSystem(token=os.environ["E2E_STRANGER_TOKEN"], skip_instance_cache=True)
    assert not stranger.exists(f"hf://buckets/{hidden}/x")
    with pytest.raises(FileNotFoundError):
        stranger.cat_file(f"hf://buckets/{hidden}/x")
    nobody = HfFileSystem(token=False, skip_instance_cache=True)
    with pytest.raises(HfHubHTTPError, match="401"):
        nobody.cat_file(f"hf://buckets/{hidden}/x")


def test_living_listings_are_not_served_and_nothing_breaks(api, bucket):
    """The client asks for a feed of changes; without one it works as before."""
    live = HfFileSystem(live_follow=True, skip_instance_cache=True)
    live.pipe_file(f"hf://buckets/{bucket}/a", b"1")
    assert live.ls(f"hf://buckets/{bucket}", detail=False) == [f"buckets/{bucket}/a"]
