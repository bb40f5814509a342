"""`hf buckets cp` in every direction it has, and `hf buckets rm`."""

import pytest
from conftest import paths_of, random_bytes, read_all, uri

BLOB = random_bytes(700_000, 3)


@pytest.fixture
def filled(api, bucket):
    files = {"a.bin": BLOB, "logs/one.txt": b"1", "logs/two.tmp": b"22", "logs.json": b"{}", "keep/this.txt": b"kept"}
    api.batch_bucket_files(bucket, add=[(data, path) for path, data in files.items()])
    return bucket


def test_file_up_and_down(hf, api, bucket, tmp_path):
    source = tmp_path / "model.bin"
    source.write_bytes(BLOB)
    hf.run("buckets", "cp", source, uri(bucket))
    hf.run("buckets", "cp", source, uri(bucket, "folder/"))
    hf.run("buckets", "cp", source, uri(bucket, "other/name.bin"))
    assert paths_of(api, bucket) == ["folder/model.bin", "model.bin", "other/name.bin"]
    target = tmp_path / "down/"
    target.mkdir()
    hf.run("buckets", "cp", uri(bucket, "model.bin"), f"{target}/")
    assert (target / "model.bin").read_bytes() == BLOB
    hf.run("buckets", "cp", uri(bucket, "other/name.bin"), target / "deep/er/x.bin")
    assert (target / "deep/er/x.bin").read_bytes() == BLOB


def test_without_a_target_it_lands_here(hf, filled, tmp_path):
    hf.run("buckets", "cp", uri(filled, "logs/one.txt"), cwd=tmp_path)
    assert (tmp_path / "one.txt").read_bytes() == b"1"


def test_stdin_and_stdout(hf, api, bucket):
    hf.run("buckets", "cp", "-", uri(bucket, "piped/in.bin"), input=BLOB)
    assert hf.run("buckets", "cp", uri(bucket, "piped/in.bin"), "-").stdout == BLOB


def test_empty_file(hf, api, bucket, tmp_path):
    source = tmp_path / "empty"
    source.write_bytes(b"")
    hf.run("buckets", "cp", source, uri(bucket, "empty"))
    (entry,) = api.get_bucket_paths_info(bucket, ["empty"])
    assert entry.size == 0
    hf.run("buckets", "cp", uri(bucket, "empty"), tmp_path / "back")
    assert (tmp_path / "back").read_bytes() == b""
    assert hf.run("buckets", "cp", uri(bucket, "empty"), "-").stdout == b""


def test_overwrite(hf, api, bucket, tmp_path):
    for content in (b"first", BLOB, b"third"):
        hf.run("buckets", "cp", "-", uri(bucket, "same.bin"), input=content)
        assert hf.run("buckets", "cp", uri(bucket, "same.bin"), "-").stdout == content
    assert api.bucket_info(bucket).size == len(b"third")


@pytest.mark.since("1.10.0")
def test_what_is_missing_fails(hf, filled, tmp_path):
    said = hf.fails("buckets", "cp", uri(filled, "nope.txt"), tmp_path / "nope.txt")
    assert "nope.txt" in said


@pytest.mark.since("1.10.0")
def test_bucket_to_bucket(hf, api, filled, new_bucket, tmp_path):
    other = new_bucket()
    hf.run("buckets", "cp", uri(filled, "a.bin"), uri(other))
    hf.run("buckets", "cp", uri(filled, "a.bin"), uri(other, "deep/copy.bin"))
    hf.run("buckets", "cp", uri(filled, "logs"), uri(other, "nested/"))
    hf.run("cp", uri(filled, "logs/"), uri(other, "contents/"))
    assert read_all(api, other, tmp_path) == {
        "a.bin": BLOB,
        "deep/copy.bin": BLOB,
        "nested/one.txt": b"1",
        "nested/two.tmp": b"22",
        "contents/one.txt": b"1",
        "contents/two.tmp": b"22",
    }


@pytest.mark.since("1.10.0")
def test_a_folder_into_an_existing_folder_nests(hf, api, filled):
    hf.run("buckets", "cp", uri(filled, "logs"), uri(filled, "keep"))
    assert paths_of(api, filled, "keep") == ["keep/logs/one.txt", "keep/logs/two.tmp", "keep/this.txt"]


@pytest.mark.since("1.10.0")
def test_a_whole_bucket(hf, api, filled, new_bucket, tmp_path):
    other = new_bucket()
    hf.run("buckets", "cp", uri(filled), uri(other, "backup/"))
    (tmp_path / "1").mkdir(), (tmp_path / "2").mkdir()
    copied = read_all(api, other, tmp_path / "1")
    assert {path.removeprefix("backup/"): data for path, data in copied.items()} == read_all(api, filled, tmp_path / "2")


def test_rm_one(hf, api, filled):
    hf.run("buckets", "rm", f"{filled}/a.bin", "--yes")
    hf.run("buckets", "remove", uri(filled, "logs/one.txt"), "--yes")
    assert paths_of(api, filled) == ["keep/this.txt", "logs.json", "logs/two.tmp"]
    facts = api.bucket_info(filled)
    assert (facts.total_files, facts.size) == (3, len(b"kept") + len(b"{}") + len(b"22"))


def test_rm_dry_run(hf, api, filled):
    before = paths_of(api, filled)
    assert "logs/one.txt" in hf.text("buckets", "rm", f"{filled}/logs", "-R", "--dry-run")
    assert paths_of(api, filled) == before


def test_rm_recursive_takes_the_folder_only(hf, api, filled):
    hf.run("buckets", "rm", f"{filled}/logs", "-R", "--yes")
    assert paths_of(api, filled) == ["a.bin", "keep/this.txt", "logs.json"]
    assert [entry.path for entry in api.list_bucket_tree(filled, recursive=False)] == ["a.bin", "keep", "logs.json"]


def test_rm_recursive_by_pattern(hf, api, filled):
    hf.run("buckets", "rm", filled, "-R", "--include", "*.tmp", "--include", "*.json", "--yes")
    assert paths_of(api, filled) == ["a.bin", "keep/this.txt", "logs/one.txt"]
    hf.run("buckets", "rm", filled, "-R", "--exclude", "keep/*", "--yes")
    assert paths_of(api, filled) == ["keep/this.txt"]


def test_rm_everything(hf, api, filled):
    hf.run("buckets", "rm", filled, "-R", "--yes")
    facts = api.bucket_info(filled)
    assert (facts.total_files, facts.size) == (0, 0)
    assert list(api.list_bucket_tree(filled, recursive=False)) == []
