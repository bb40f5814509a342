"""`hf buckets sync`, up and down, in every mode that plans differently; byte-compared."""

import json
import os
import time

import pytest
from conftest import paths_of, random_bytes, read_all, read_tree, uri, write_tree

HOUR = 3600
FILES = {
    "README.md": b"# a folder\n",
    "config.json": b'{"a": 1}',
    "empty.bin": b"",
    "data/part-0.bin": random_bytes(300_000, 1),
    "data/part-1.bin": random_bytes(1_500_000, 2),
    "data/deep/er/log.txt": b"line\n" * 10_000,
    "tmp/scratch.tmp": b"scratch",
}


@pytest.fixture
def local(tmp_path):
    folder = tmp_path / "local"
    folder.mkdir()
    write_tree(folder, FILES)
    return folder


def age(path, seconds):
    when = time.time() - seconds
    os.utime(path, (when, when))


def plan_lines(text):
    lines = [json.loads(line) for line in text.splitlines() if line.startswith("{")]
    assert lines[0]["type"] == "header"
    return lines[0], {line["path"]: line for line in lines[1:]}


def test_up_then_down(hf, api, bucket, local, tmp_path):
    said = hf.text("buckets", "sync", local, uri(bucket))
    assert f"Uploads: {len(FILES)}" in said
    assert read_all(api, bucket, tmp_path) == FILES
    facts = api.bucket_info(bucket)
    assert facts.size == sum(map(len, FILES.values()))
    assert facts.total_files == len(FILES)
    down = tmp_path / "down"
    hf.run("buckets", "sync", uri(bucket), down)
    assert read_tree(down) == FILES


def test_a_second_time_there_is_nothing_to_do(hf, bucket, local):
    hf.run("buckets", "sync", local, uri(bucket))
    said = hf.text("buckets", "sync", local, uri(bucket))
    assert f"Skips: {len(FILES)}" in said
    assert "Nothing to sync" in said


def test_the_stored_time_is_the_local_files(hf, api, bucket, local):
    age(local / "config.json", 40 * HOUR)
    hf.run("buckets", "sync", local, uri(bucket))
    (entry,) = api.get_bucket_paths_info(bucket, ["config.json"])
    assert abs(entry.mtime.timestamp() - (local / "config.json").stat().st_mtime) < 0.002


def test_to_a_prefix_and_back(hf, api, bucket, local, tmp_path):
    hf.run("buckets", "sync", local, uri(bucket, "runs/one"))
    hf.run("buckets", "sync", local, uri(bucket, "runs/one-more/"))
    assert paths_of(api, bucket, "runs/one") == sorted(f"runs/one/{path}" for path in FILES)
    down = tmp_path / "down"
    hf.run("buckets", "sync", uri(bucket, "runs/one"), down)
    assert read_tree(down) == FILES


def test_changed_files_only(hf, api, bucket, local, tmp_path):
    for path in FILES:
        age(local / path, HOUR)
    hf.run("buckets", "sync", local, uri(bucket))
    (local / "config.json").write_bytes(b'{"a": 2}')  # the same size, newer
    (local / "README.md").write_bytes(b"# a longer folder\n")
    age(local / "README.md", 2 * HOUR)  # older, another size
    _, plan = plan_lines(hf.text("buckets", "sync", local, uri(bucket), "--dry-run"))
    assert {path: line["reason"] for path, line in plan.items() if line["action"] == "upload"} == {
        "config.json": "local newer",
        "README.md": "size differs",
    }
    hf.run("buckets", "sync", local, uri(bucket))
    assert read_all(api, bucket, tmp_path) == read_tree(local)


def test_ignore_times_and_ignore_sizes(hf, bucket, local):
    for path in FILES:
        age(local / path, HOUR)
    hf.run("buckets", "sync", local, uri(bucket))
    (local / "config.json").write_bytes(b'{"a": 2}')
    (local / "README.md").write_bytes(b"# a longer folder\n")
    age(local / "README.md", 2 * HOUR)

    def uploads(*options):
        _, plan = plan_lines(hf.text("buckets", "sync", local, uri(bucket), "--dry-run", *options))
        return {path for path, line in plan.items() if line["action"] == "upload"}

    assert uploads("--ignore-times") == {"README.md"}
    assert uploads("--ignore-sizes") == {"config.json"}


def test_existing_and_ignore_existing(hf, api, bucket, local):
    api.batch_bucket_files(bucket, add=[(b"old and long enough to differ", "config.json")])
    _, plan = plan_lines(hf.text("buckets", "sync", local, uri(bucket), "--dry-run", "--existing"))
    assert {path for path, line in plan.items() if line["action"] == "upload"} == {"config.json"}
    hf.run("buckets", "sync", local, uri(bucket), "--ignore-existing")
    assert paths_of(api, bucket) == sorted(FILES)
    (entry,) = api.get_bucket_paths_info(bucket, ["config.json"])
    assert entry.size == len(b"old and long enough to differ")


def test_delete_up(hf, api, bucket, local):
    hf.run("buckets", "sync", local, uri(bucket))
    (local / "tmp/scratch.tmp").unlink()
    (local / "data/part-0.bin").unlink()
    hf.run("buckets", "sync", local, uri(bucket))
    assert "data/part-0.bin" in paths_of(api, bucket)
    hf.run("buckets", "sync", local, uri(bucket), "--delete")
    assert paths_of(api, bucket) == sorted(read_tree(local))


def test_delete_down(hf, api, bucket, local, tmp_path):
    hf.run("buckets", "sync", local, uri(bucket))
    write_tree(local, {"only/here.txt": b"local"})
    api.batch_bucket_files(bucket, delete=["README.md"])
    hf.run("buckets", "sync", uri(bucket), local, "--delete")
    assert sorted(read_tree(local)) == paths_of(api, bucket)


def test_delete_spares_what_is_excluded(hf, api, bucket, local):
    hf.run("buckets", "sync", local, uri(bucket))
    (local / "tmp/scratch.tmp").unlink()
    (local / "config.json").unlink()
    hf.run("buckets", "sync", local, uri(bucket), "--delete", "--exclude", "*.tmp")
    assert "tmp/scratch.tmp" in paths_of(api, bucket)
    assert "config.json" not in paths_of(api, bucket)


def test_include_and_exclude(hf, api, bucket, local):
    hf.run("buckets", "sync", local, uri(bucket), "--include", "*.bin", "--exclude", "data/part-1*")
    assert paths_of(api, bucket) == ["data/part-0.bin", "empty.bin"]


def test_filter_from_a_file(hf, api, bucket, local, tmp_path):
    rules = tmp_path / "rules"
    rules.write_text("# rules\n- *.tmp\n+ data/*\n- *\n")
    hf.run("buckets", "sync", local, uri(bucket), "--filter-from", rules)
    assert paths_of(api, bucket) == ["data/deep/er/log.txt", "data/part-0.bin", "data/part-1.bin"]


def test_include_on_the_way_down(hf, bucket, local, tmp_path):
    hf.run("buckets", "sync", local, uri(bucket))
    down = tmp_path / "down"
    hf.run("buckets", "sync", uri(bucket), down, "--include", "data/*", "--exclude", "*.txt")
    assert sorted(read_tree(down)) == ["data/part-0.bin", "data/part-1.bin"]


def test_dry_run_changes_nothing(hf, api, bucket, local):
    header, plan = plan_lines(hf.text("buckets", "sync", local, uri(bucket), "--dry-run"))
    assert header["summary"] == {
        "uploads": len(FILES),
        "downloads": 0,
        "deletes": 0,
        "skips": 0,
        "total_size": sum(map(len, FILES.values())),
    }
    assert sorted(plan) == sorted(FILES)
    assert paths_of(api, bucket) == []


def test_plan_then_apply(hf, api, bucket, local, tmp_path):
    api.batch_bucket_files(bucket, add=[(b"goes away", "not-local.txt")])
    plan_file = tmp_path / "sync-plan.jsonl"
    said = hf.text("buckets", "sync", local, uri(bucket), "--delete", "--plan", plan_file)
    assert "Plan saved to" in said
    header, plan = plan_lines(plan_file.read_text())
    assert header["source"] == str(local) and header["dest"] == uri(bucket)
    assert plan["not-local.txt"]["action"] == "delete"
    assert paths_of(api, bucket) == ["not-local.txt"]
    said = hf.text("buckets", "sync", "--apply", plan_file)
    assert "Sync completed" in said
    assert read_all(api, bucket, tmp_path) == FILES


def test_plan_then_apply_on_the_way_down(hf, bucket, local, tmp_path):
    hf.run("buckets", "sync", local, uri(bucket))
    plan_file = tmp_path / "down.jsonl"
    down = tmp_path / "down"
    down.mkdir()
    write_tree(down, {"extra/gone.txt": b"x"})
    hf.run("buckets", "sync", uri(bucket), down, "--delete", "--plan", plan_file)
    hf.run("buckets", "sync", "--apply", plan_file)
    assert read_tree(down) == FILES
    assert not (down / "extra").exists()


def test_a_dry_run_against_a_bucket_that_does_not_exist(hf, new_name, local):
    _, plan = plan_lines(hf.text("buckets", "sync", local, uri(new_name()), "--dry-run"))
    assert {line["action"] for line in plan.values()} == {"upload"}


def test_the_short_form(hf, api, bucket, local):
    hf.run("sync", local, uri(bucket))
    assert paths_of(api, bucket) == sorted(FILES)


def test_sync_by_python(api, bucket, local, tmp_path):
    plan = api.sync_bucket(str(local), uri(bucket), quiet=True)
    assert plan.summary()["uploads"] == len(FILES)
    down = tmp_path / "down"
    api.sync_bucket(uri(bucket), str(down), quiet=True)
    assert read_tree(down) == FILES
    again = api.sync_bucket(str(local), uri(bucket), dry_run=True, quiet=True)
    assert again.summary()["skips"] == len(FILES)


def test_many_files(api, bucket, tmp_path):
    """Over a page of a listing and over a request of a batch: 2,300 files."""
    files = {f"d{n % 7}/f{n:05}.txt": f"file {n}\n".encode() for n in range(2_300)}
    local = tmp_path / "many"
    write_tree(local, files)
    api.sync_bucket(str(local), uri(bucket), quiet=True)
    assert api.bucket_info(bucket).total_files == len(files)
    down = tmp_path / "down"
    api.sync_bucket(uri(bucket), str(down), quiet=True)
    assert read_tree(down) == files
    api.sync_bucket(str(tmp_path / "many"), uri(bucket), dry_run=True, quiet=True)
    for path in list(files)[:1_500]:
        (local / path).unlink()
    api.sync_bucket(str(local), uri(bucket), delete=True, quiet=True)
    assert paths_of(api, bucket) == sorted(list(files)[1_500:])
