"""The functions of huggingface_hub that work on buckets."""

import datetime
import os
import time

import pytest
from conftest import ODD_NAMES, ODD_TWINS, paths_of, random_bytes, read_all, uri
from huggingface_hub import HfApi
from huggingface_hub.errors import EntryNotFoundError, HfHubHTTPError
from huggingface_hub.utils import get_session


def in_bytes_order(paths):
    return sorted(paths, key=lambda path: path.encode())


def test_create_bucket(api, new_name, endpoint):
    bucket_id = new_name()
    made = api.create_bucket(bucket_id)
    assert made.url == f"{endpoint}/buckets/{bucket_id}"
    assert made.bucket_id == bucket_id
    assert made.namespace == bucket_id.split("/")[0]
    again = api.create_bucket(bucket_id, exist_ok=True)
    assert again.url == made.url
    with pytest.raises(HfHubHTTPError) as caught:
        api.create_bucket(bucket_id)
    assert caught.value.response.status_code == 409


def test_exist_ok_keeps_what_is_there(api, bucket):
    api.batch_bucket_files(bucket, add=[(b"kept", "a")])
    api.create_bucket(bucket, exist_ok=True, private=True)
    assert api.bucket_info(bucket).total_files == 1
    assert api.bucket_info(bucket).private is False


@pytest.mark.parametrize("name", ["-dash", "dot.", "a--b", "a..b", "x.git", "a" * 97, "sp ace", "ü"])
def test_illegal_bucket_names(api, owner, name):
    with pytest.raises((HfHubHTTPError, ValueError)) as caught:
        api.create_bucket(f"{owner}/{name}")
    if isinstance(caught.value, HfHubHTTPError):
        assert caught.value.response.status_code == 400


def test_bucket_info(api, new_bucket):
    before = time.time() - 5
    bucket_id = new_bucket(private=True)
    facts = api.bucket_info(bucket_id)
    assert (facts.id, facts.private, facts.size, facts.total_files) == (bucket_id, True, 0, 0)
    assert facts.created_at.tzinfo is not None
    assert before < facts.created_at.timestamp() < time.time() + 5


def test_list_buckets(api, new_bucket, owner):
    ids = {new_bucket(), new_bucket(private=True)}
    assert ids <= {entry.id for entry in api.list_buckets()}
    assert ids <= {entry.id for entry in api.list_buckets(namespace=owner)}


def test_tree_has_two_forms(api, bucket):
    api.batch_bucket_files(bucket, add=[(b"x", path) for path in ("data/a", "data/b/c", "README.md", "data.txt")])
    flat = list(api.list_bucket_tree(bucket))
    assert [(entry.type, entry.path) for entry in flat] == [
        ("file", "README.md"),
        ("file", "data.txt"),
        ("file", "data/a"),
        ("file", "data/b/c"),
    ]
    assert [entry.path for entry in api.list_bucket_tree(bucket, recursive=True)] == [entry.path for entry in flat]
    level = list(api.list_bucket_tree(bucket, recursive=False))
    assert {(entry.type, entry.path) for entry in level} == {
        ("file", "README.md"),
        ("directory", "data"),
        ("file", "data.txt"),
    }
    assert [entry.path for entry in level] == sorted(entry.path for entry in level)
    assert [entry.uploaded_at is not None for entry in level if entry.type == "directory"] == [True]
    for prefix in ("data", "data/"):
        below = list(api.list_bucket_tree(bucket, prefix=prefix, recursive=False))
        assert [(entry.type, entry.path) for entry in below] == [("file", "data/a"), ("directory", "data/b")]
    assert [entry.path for entry in api.list_bucket_tree(bucket, prefix="data/a", recursive=False)] == ["data/a"]
    assert list(api.list_bucket_tree(bucket, prefix="nope")) == []


@pytest.mark.since("1.10.0")
def test_a_folder_tells_its_newest_upload(api, bucket):
    api.batch_bucket_files(bucket, add=[(b"1", "d/one"), (b"1", "d/e/two")])
    newest = max(entry.uploaded_at for entry in api.list_bucket_tree(bucket))
    (folder,) = api.list_bucket_tree(bucket, recursive=False)
    assert folder.uploaded_at == newest


def test_pages_of_a_listing(api, bucket):
    """A page has 1,000 entries; 2,500 files in one folder and as many folders."""
    same = b"the same small content"
    for start in range(0, 2_500, 500):
        api.batch_bucket_files(
            bucket,
            add=[(same, f"flat/{n:05}") for n in range(start, start + 500)]
            + [(same, f"folders/{n:05}/x") for n in range(start, start + 500)],
        )
    assert paths_of(api, bucket, "flat") == [f"flat/{n:05}" for n in range(2_500)]
    level = [entry.path for entry in api.list_bucket_tree(bucket, prefix="flat", recursive=False)]
    assert level == [f"flat/{n:05}" for n in range(2_500)]
    folders = [entry.path for entry in api.list_bucket_tree(bucket, prefix="folders", recursive=False)]
    assert folders == [f"folders/{n:05}" for n in range(2_500)]
    assert len(paths_of(api, bucket)) == 5_000
    asked = [f"flat/{n:05}" for n in range(0, 5_000, 2)]
    found = [entry.path for entry in api.get_bucket_paths_info(bucket, asked)]
    assert sorted(found) == [f"flat/{n:05}" for n in range(0, 2_500, 2)]
    facts = api.bucket_info(bucket)
    assert (facts.total_files, facts.size) == (5_000, 5_000 * len(same))


def test_paths_info(api, bucket):
    api.batch_bucket_files(bucket, add=[(b"abc", "data/a.txt"), (b"", "empty")])
    found = {entry.path: entry for entry in api.get_bucket_paths_info(bucket, ["data/a.txt", "empty", "data", "", "nope"])}
    assert sorted(found) == ["data/a.txt", "empty"]
    assert found["data/a.txt"].size == 3
    assert len(found["data/a.txt"].xet_hash) == 64
    assert found["empty"].xet_hash == "0" * 64
    assert found["data/a.txt"].mtime.tzinfo == datetime.timezone.utc
    assert list(api.get_bucket_paths_info(bucket, [])) == []


def test_add_and_delete_in_one_batch(api, bucket, tmp_path):
    api.batch_bucket_files(bucket, add=[(b"old", "old"), (b"1", "both")])
    local = tmp_path / "from-disk.bin"
    local.write_bytes(random_bytes(200_000, 5))
    api.batch_bucket_files(bucket, add=[(str(local), "disk"), (local, "path"), (b"22", "both")], delete=["old", "never"])
    assert read_all(api, bucket, tmp_path) == {
        "disk": local.read_bytes(),
        "path": local.read_bytes(),
        "both": b"22",
    }


def test_the_same_batch_twice(api, bucket, tmp_path):
    for _ in range(2):
        api.batch_bucket_files(bucket, add=[(b"same", "a"), (b"same", "b/c")], delete=["x"])
    assert read_all(api, bucket, tmp_path) == {"a": b"same", "b/c": b"same"}
    assert api.bucket_info(bucket).total_files == 2


def test_content_type_follows_the_name(api, bucket, endpoint):
    api.batch_bucket_files(bucket, add=[(b"{}", "a.json"), (b"x", "b.unknown-kind")])
    answer = get_session().get(f"{endpoint}/buckets/{bucket}/resolve/a.json")
    assert answer.headers["content-type"].startswith("application/json")


def test_many_sizes_around_the_cuts(api, bucket, tmp_path):
    """Sizes about the chunk's least, usual and greatest length, and over one xorb's worth of them."""
    sizes = [0, 1, 7, 8, 63, 64, 65, 8_127, 8_128, 8_191, 8_192, 8_193, 65_535, 65_536, 131_071, 131_072, 131_073, 5_000_001]
    files = {f"random-{size}": random_bytes(size, size) for size in sizes}
    files |= {f"zeros-{size}": bytes(size) for size in sizes}
    files |= {f"text-{size}": (b"a line of text that repeats\n" * (size // 20 + 1))[:size] for size in sizes}
    api.batch_bucket_files(bucket, add=[(data, path) for path, data in files.items()])
    assert read_all(api, bucket, tmp_path) == files
    assert {entry.path: entry.size for entry in api.list_bucket_tree(bucket)} == {p: len(d) for p, d in files.items()}


def test_odd_names(api, bucket, tmp_path):
    files = {name: name.encode() for name in ODD_NAMES + ODD_TWINS}
    api.batch_bucket_files(bucket, add=[(data, path) for path, data in files.items()])
    assert paths_of(api, bucket) == in_bytes_order(files)
    assert sorted(entry.path for entry in api.get_bucket_paths_info(bucket, list(files))) == sorted(files)
    for name in files:
        assert [entry.path for entry in api.list_bucket_tree(bucket, prefix=name, recursive=False)] == [name]
        assert api.get_bucket_file_metadata(bucket, name).size == len(name.encode())
        if "/" in name:
            folder = name.split("/")[0]
            below = [entry.path for entry in api.list_bucket_tree(bucket, prefix=folder, recursive=True)]
            assert below == [name]
    assert read_all(api, bucket, tmp_path) == files
    api.batch_bucket_files(bucket, delete=list(files))
    assert paths_of(api, bucket) == []


@pytest.mark.parametrize(
    "path",
    ["../up", "a/../b", "/lead", "a//b", "trail/", "./dot", "a\\b", "nul\0", "a/.", "..", ".", "", "x" * 4_001, "a/\ud800"],
)
def test_illegal_paths_are_refused(api, bucket, path):
    """And nothing of their batch is kept."""
    with pytest.raises((HfHubHTTPError, ValueError, EntryNotFoundError)):
        api.batch_bucket_files(bucket, add=[(b"fine", "fine"), (b"x", path)])
    assert paths_of(api, bucket) == []


def test_download(api, bucket, tmp_path):
    data = random_bytes(3_000_000, 8)
    api.batch_bucket_files(bucket, add=[(data, "big.bin"), (b"", "empty"), (b"small", "a/small")])
    target = tmp_path / "deep/er/big.bin"
    api.download_bucket_files(bucket, [("big.bin", target), ("empty", tmp_path / "empty"), ("a/small", tmp_path / "small")])
    assert target.read_bytes() == data
    assert (tmp_path / "empty").read_bytes() == b""
    assert (tmp_path / "small").read_bytes() == b"small"
    (entry,) = api.list_bucket_tree(bucket, prefix="a")
    api.download_bucket_files(bucket, [(entry, tmp_path / "again")])
    assert (tmp_path / "again").read_bytes() == b"small"


@pytest.mark.since("2.0.0")
def test_download_over_a_longer_file(api, bucket, tmp_path):
    api.batch_bucket_files(bucket, add=[(b"small", "small")])
    (tmp_path / "small").write_bytes(b"much longer than what will replace it")
    api.download_bucket_files(bucket, [("small", tmp_path / "small")])
    assert (tmp_path / "small").read_bytes() == b"small"


def test_download_leaves_out_what_is_missing(api, bucket, tmp_path):
    api.batch_bucket_files(bucket, add=[(b"x", "x")])
    with pytest.warns(UserWarning, match="nope"):
        api.download_bucket_files(bucket, [("nope", tmp_path / "nope"), ("x", tmp_path / "x")])
    assert (tmp_path / "x").read_bytes() == b"x"
    assert not (tmp_path / "nope").exists()


@pytest.mark.since("1.10.0")
def test_download_can_insist(api, bucket, tmp_path):
    with pytest.raises(EntryNotFoundError):
        api.download_bucket_files(bucket, [("nope", tmp_path / "nope")], raise_on_missing_files=True)


def test_file_metadata(api, bucket):
    data = random_bytes(400_000, 9)
    api.batch_bucket_files(bucket, add=[(data, "a/b.bin"), (b"", "empty")])
    facts = api.get_bucket_file_metadata(bucket, "a/b.bin")
    (entry,) = api.get_bucket_paths_info(bucket, ["a/b.bin"])
    assert facts.size == len(data)
    assert facts.xet_file_data.file_hash == entry.xet_hash
    assert api.get_bucket_file_metadata(bucket, "empty").size == 0
    with pytest.raises(HfHubHTTPError) as caught:
        api.get_bucket_file_metadata(bucket, "a")
    assert caught.value.response.status_code == 404
    assert isinstance(caught.value, EntryNotFoundError)


@pytest.mark.since("1.10.0")
class TestCopyFiles:
    @pytest.fixture
    def source(self, api, new_bucket):
        bucket_id = new_bucket()
        files = {"file.bin": random_bytes(250_000, 11), "dir/a": b"a", "dir/sub/b": b"b", "dir2/c": b"c", "empty": b""}
        api.batch_bucket_files(bucket_id, add=[(data, path) for path, data in files.items()])
        return bucket_id

    @pytest.mark.parametrize(
        ("what", "into", "expected"),
        [
            ("file.bin", "", ["file.bin"]),
            ("file.bin", "new/name.bin", ["new/name.bin"]),
            ("file.bin", "new/", ["new/file.bin"]),
            ("empty", "e", ["e"]),
            ("dir", "", ["dir/a", "dir/sub/b"]),
            ("dir/", "", ["a", "sub/b"]),
            ("dir", "new", ["new/a", "new/sub/b"]),
            ("dir/", "new/", ["new/a", "new/sub/b"]),
            ("", "all/", ["all/dir/a", "all/dir/sub/b", "all/dir2/c", "all/empty", "all/file.bin"]),
        ],
    )
    def test_to_another_bucket(self, api, source, bucket, what, into, expected, tmp_path):
        api.copy_files(uri(source, what), uri(bucket, into))
        copied = read_all(api, bucket, tmp_path)
        assert sorted(copied) == expected
        (tmp_path / "s").mkdir()
        originals = read_all(api, source, tmp_path / "s")
        assert sorted(copied.values()) == sorted(
            data for path, data in originals.items() if what in ("", path) or path.startswith(what.rstrip("/") + "/")
        )

    def test_the_hash_stays(self, api, source, bucket):
        api.copy_files(uri(source, "file.bin"), uri(bucket, "copy.bin"))
        (one,) = api.get_bucket_paths_info(source, ["file.bin"])
        (two,) = api.get_bucket_paths_info(bucket, ["copy.bin"])
        assert (one.xet_hash, one.size) == (two.xet_hash, two.size)
        assert two.mtime is not None and two.uploaded_at is not None

    def test_within_a_bucket(self, api, source, tmp_path):
        api.copy_files(uri(source, "dir/"), uri(source, "dir3/"))
        api.copy_files(uri(source, "file.bin"), uri(source, "dir/a"))
        everything = read_all(api, source, tmp_path)
        assert everything["dir/a"] == everything["file.bin"]
        assert everything["dir3/a"] == b"a" and everything["dir3/sub/b"] == b"b"

    def test_the_copy_outlives_its_source(self, api, source, bucket, tmp_path):
        api.copy_files(uri(source, "file.bin"), uri(bucket, "copy.bin"))
        api.delete_bucket(source)
        assert read_all(api, bucket, tmp_path) == {"copy.bin": random_bytes(250_000, 11)}

    def test_what_is_missing(self, api, source, bucket):
        with pytest.raises(EntryNotFoundError):
            api.copy_files(uri(source, "nope"), uri(bucket, "x"))

    def test_a_hash_that_the_source_does_not_hold(self, api, source, bucket, new_bucket):
        elsewhere = new_bucket()
        api.batch_bucket_files(elsewhere, add=[(b"only elsewhere", "x")])
        (entry,) = api.get_bucket_paths_info(elsewhere, ["x"])
        with pytest.raises(HfHubHTTPError) as caught:
            api.batch_bucket_files(bucket, copy=[("bucket", source, entry.xet_hash, "stolen")])
        assert caught.value.response.status_code == 422
        assert paths_of(api, bucket) == []


def test_move_bucket(api, new_name, bucket):
    api.batch_bucket_files(bucket, add=[(b"x", "x")])
    target = new_name()
    api.move_bucket(from_id=bucket, to_id=target)
    assert paths_of(api, target) == ["x"]


@pytest.mark.since("1.29.0")
def test_update_bucket_settings(api, bucket):
    api.update_bucket_settings(bucket, private=True)
    assert api.bucket_info(bucket).private is True


@pytest.mark.since("2.4.0")
def test_a_folder_for_a_job(api, owner, tmp_path):
    (tmp_path / "x").write_bytes(b"x")
    volume = api.sync_job_volume(tmp_path, "/data", remote_name="job-folder", namespace=owner)
    try:
        assert volume.source == f"{owner}/jobs-artifacts"
        assert paths_of(api, volume.source) == [f"{volume.path}/x"]
        assert api.bucket_info(volume.source).private is True
    finally:
        api.delete_bucket(f"{owner}/jobs-artifacts")


@pytest.mark.since("1.16.0")
def test_repositories_of_the_user(api, bucket):
    api.batch_bucket_files(bucket, add=[(b"12345", "x")])
    mine = {entry.id: entry for entry in api.list_user_repos()}
    assert mine[bucket].type == "bucket"


def test_a_name_with_underscores_at_its_ends(tmp_path):
    odd = HfApi(token=os.environ["E2E_ODD_TOKEN"])
    name = os.environ["E2E_ODD"]
    bucket_id = f"{name}/b"
    odd.create_bucket(bucket_id)
    try:
        odd.batch_bucket_files(bucket_id, add=[(b"odd", "odd")])
        assert read_all(odd, bucket_id, tmp_path) == {"odd": b"odd"}
        assert odd.whoami()["name"] == name
    finally:
        odd.delete_bucket(bucket_id)
