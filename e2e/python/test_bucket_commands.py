"""`hf auth whoami` and the life of a bucket by the `hf buckets` command."""

import json

import pytest
from conftest import CLIENT, uri
from huggingface_hub.errors import BucketNotFoundError
from packaging.version import Version

NEWEST_OUTPUT = CLIENT >= Version("1.10")


def info(hf, bucket_id):
    if NEWEST_OUTPUT:
        return json.loads(hf.text("buckets", "info", bucket_id, "--format", "json"))
    return json.loads(hf.text("buckets", "info", bucket_id))


def listed(hf, *args):
    return json.loads(hf.text("buckets", "list", *args, "--format", "json"))


def test_whoami(hf, owner, org):
    said = hf.text("auth", "whoami")
    assert owner in said
    assert org in said


def test_whoami_with_a_wrong_token(hf):
    said = hf.fails("auth", "whoami", token="hf_" + "x" * 34)
    assert "nvalid" in said or "401" in said


def test_create_then_info(hf, new_name, endpoint):
    bucket_id = new_name()
    said = hf.text("buckets", "create", bucket_id)
    assert f"{endpoint}/buckets/{bucket_id}" in said
    facts = info(hf, bucket_id)
    assert facts["id"] == bucket_id
    assert facts["private"] is False
    assert facts["size"] == 0
    assert facts["total_files"] == 0
    assert facts["created_at"]


def test_create_takes_a_handle(hf, new_name, api):
    bucket_id = new_name()
    hf.run("buckets", "create", uri(bucket_id))
    assert api.bucket_info(bucket_id).id == bucket_id


def test_create_in_own_namespace_by_name_alone(hf, new_name, api):
    bucket_id = new_name()
    hf.run("buckets", "create", bucket_id.split("/")[1])
    assert api.bucket_info(bucket_id).id == bucket_id


def test_create_private(hf, new_name, api):
    bucket_id = new_name()
    hf.run("buckets", "create", bucket_id, "--private")
    assert api.bucket_info(bucket_id).private is True


@pytest.mark.since("1.16.0")
def test_create_in_a_region(hf, new_name, api):
    bucket_id = new_name()
    hf.run("buckets", "create", bucket_id, "--region", "eu")
    assert api.bucket_info(bucket_id).id == bucket_id


def test_create_twice(hf, new_name):
    bucket_id = new_name()
    hf.run("buckets", "create", bucket_id)
    assert "409" in hf.fails("buckets", "create", bucket_id)
    assert bucket_id in hf.text("buckets", "create", bucket_id, "--exist-ok")


def test_list_buckets(hf, new_bucket, owner):
    bucket_id = new_bucket()
    hidden = new_bucket(private=True)
    for args in ([], [owner], [uri(owner)]):
        ids = [entry["id"] for entry in listed(hf, *args)]
        assert {bucket_id, hidden} <= set(ids)


@pytest.mark.since("1.10.0")
def test_list_buckets_by_part_of_their_name(hf, new_bucket, owner):
    bucket_id = new_bucket()
    new_bucket()
    middle = bucket_id.split("/")[1][3:9]
    assert [entry["id"] for entry in listed(hf, owner, "--search", middle)] == [bucket_id]
    assert listed(hf, owner, "--search", "nothing-is-called-so") == []


def test_list_files(hf, api, bucket):
    api.batch_bucket_files(bucket, add=[(b"1", "a.txt"), (b"22", "data/b.txt"), (b"333", "data/deep/c.txt")])
    assert [(e["path"], e["type"]) for e in listed(hf, bucket)] == [("a.txt", "file"), ("data", "directory")]
    assert [e["path"] for e in listed(hf, bucket, "-R")] == ["a.txt", "data/b.txt", "data/deep/c.txt"]
    assert [e["path"] for e in listed(hf, f"{bucket}/data")] == ["data/b.txt", "data/deep"]
    assert [e["path"] for e in listed(hf, uri(bucket, "data/deep"), "-R")] == ["data/deep/c.txt"]
    tree = hf.text("buckets", "list", bucket, "--tree", "-h", "-R")
    assert "deep" in tree and "c.txt" in tree


def test_list_does_not_take_a_similar_name_for_the_folder(hf, api, bucket):
    api.batch_bucket_files(bucket, add=[(b"1", "log/a"), (b"2", "log.json"), (b"3", "logs/b")])
    assert [e["path"] for e in listed(hf, f"{bucket}/log", "-R")] == ["log/a"]


@pytest.mark.since("1.29.0")
def test_settings(hf, api, bucket):
    hf.run("buckets", "settings", bucket, "--private")
    assert api.bucket_info(bucket).private is True
    hf.run("buckets", "settings", uri(bucket), "--public")
    assert api.bucket_info(bucket).private is False


def test_move(hf, api, new_name, bucket, tmp_path):
    api.batch_bucket_files(bucket, add=[(b"kept", "a/file.txt")])
    target = new_name()
    hf.run("buckets", "move", bucket, uri(target))
    assert api.bucket_info(target).total_files == 1
    api.download_bucket_files(target, [("a/file.txt", tmp_path / "out")])
    assert (tmp_path / "out").read_bytes() == b"kept"


def test_the_old_name_of_a_moved_bucket_leads_on(hf, api, new_name, bucket, tmp_path):
    api.batch_bucket_files(bucket, add=[(b"kept", "a/file.txt")])
    target = new_name()
    hf.run("buckets", "move", bucket, target)
    assert api.bucket_info(bucket).id == target
    hf.run("buckets", "cp", uri(bucket, "a/file.txt"), tmp_path / "out")
    assert (tmp_path / "out").read_bytes() == b"kept"
    hf.run("buckets", "cp", tmp_path / "out", uri(bucket, "a/second.txt"))
    assert [entry.path for entry in api.list_bucket_tree(target, recursive=True)] == ["a/file.txt", "a/second.txt"]


def test_move_to_a_taken_name(hf, new_bucket):
    one, two = new_bucket(), new_bucket()
    assert "409" in hf.fails("buckets", "move", one, two)


def test_move_into_an_organization(hf, api, new_name, bucket, org):
    target = new_name(org)
    hf.run("buckets", "move", bucket, target)
    assert api.bucket_info(target).id == target


def test_delete(hf, api, bucket):
    api.batch_bucket_files(bucket, add=[(b"1", "a"), (b"2", "b/c")])
    hf.run("buckets", "delete", bucket, "--yes")
    with pytest.raises(BucketNotFoundError):
        api.bucket_info(bucket)


def test_delete_what_does_not_exist(hf, new_name):
    bucket_id = new_name()
    hf.fails("buckets", "delete", bucket_id, "--yes")
    hf.run("buckets", "delete", bucket_id, "--yes", "--missing-ok")


def test_a_deleted_name_can_be_used_again(hf, api, bucket):
    api.batch_bucket_files(bucket, add=[(b"old", "old.txt")])
    hf.run("buckets", "delete", bucket, "--yes")
    hf.run("buckets", "create", bucket)
    assert list(api.list_bucket_tree(bucket)) == []
