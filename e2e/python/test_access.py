"""Who may do what: owner, reader's token, stranger, nobody; public, private, an organization."""

import pytest
from conftest import paths_of, random_bytes, read_all, uri
from huggingface_hub._buckets import BucketFile, _BucketAddFile
from huggingface_hub.errors import BucketNotFoundError, HfHubHTTPError
from huggingface_hub.utils import build_hf_headers, get_session


def status(action):
    with pytest.raises(HfHubHTTPError) as caught:
        action()
    return caught.value.response.status_code


@pytest.fixture
def hidden(api, new_bucket):
    bucket_id = new_bucket(private=True)
    api.batch_bucket_files(bucket_id, add=[(b"secret", "a/secret.txt")])
    return bucket_id


@pytest.fixture
def public(api, bucket):
    api.batch_bucket_files(bucket, add=[(b"open", "a/open.txt")])
    return bucket


def test_anybody_reads_what_is_public(public, api_nobody, api_stranger, tmp_path):
    for number, api in enumerate((api_nobody, api_stranger)):
        assert api.bucket_info(public).id == public
        assert paths_of(api, public) == ["a/open.txt"]
        folder = tmp_path / str(number)
        folder.mkdir()
        assert read_all(api, public, folder) == {"a/open.txt": b"open"}


def test_nobody_else_writes_what_is_public(public, api, api_nobody, api_stranger, api_reader, owner, new_name):
    target = f"{api_stranger.whoami()['name']}/taken"
    for other, expected in ((api_nobody, {401}), (api_stranger, {403}), (api_reader, {403})):
        assert status(lambda: other.batch_bucket_files(public, delete=["a/open.txt"])) in expected
        assert status(lambda: other.delete_bucket(public)) in expected
        assert status(lambda: other.move_bucket(from_id=public, to_id=target)) in expected
        assert status(lambda: other.create_bucket(new_name())) in expected
        with pytest.raises(Exception):
            other.batch_bucket_files(public, add=[(b"vandal", "a/open.txt")])
    assert paths_of(api, public) == ["a/open.txt"]
    assert api.bucket_info(public).size == 4


def test_what_is_private_is_not_there_for_a_stranger(hidden, api_stranger, owner):
    for action in (
        lambda: api_stranger.bucket_info(hidden),
        lambda: list(api_stranger.list_bucket_tree(hidden)),
        lambda: list(api_stranger.get_bucket_paths_info(hidden, ["a/secret.txt"])),
        lambda: api_stranger.batch_bucket_files(hidden, delete=["a/secret.txt"]),
        lambda: api_stranger.delete_bucket(hidden),
    ):
        with pytest.raises(BucketNotFoundError) as caught:
            action()
        assert caught.value.response.status_code == 404
    assert status(lambda: api_stranger.get_bucket_file_metadata(hidden, "a/secret.txt")) == 404
    assert hidden not in [entry.id for entry in api_stranger.list_buckets(namespace=owner)]


def test_the_answer_for_hidden_and_for_missing_is_the_same(hidden, api_stranger, owner):
    def answer(bucket_id):
        with pytest.raises(BucketNotFoundError) as caught:
            api_stranger.bucket_info(bucket_id)
        response = caught.value.response
        return response.status_code, response.headers["x-error-code"], response.text.replace(bucket_id, "ID")

    assert answer(hidden) == answer(f"{owner}/there-is-none-so")


def test_nobody_is_asked_to_sign_in(hidden, api_nobody, owner):
    assert status(lambda: api_nobody.bucket_info(hidden)) == 401
    assert status(lambda: list(api_nobody.list_bucket_tree(hidden))) == 401
    assert status(lambda: api_nobody.get_bucket_file_metadata(hidden, "a/secret.txt")) == 401
    assert status(lambda: api_nobody.bucket_info(f"{owner}/there-is-none-so")) == 401
    assert status(lambda: list(api_nobody.list_buckets())) == 401


def test_a_reading_token_reads(hidden, api_reader, tmp_path):
    assert read_all(api_reader, hidden, tmp_path) == {"a/secret.txt": b"secret"}
    assert hidden in [entry.id for entry in api_reader.list_buckets()]


def test_a_wrong_token_is_no_visitor(public, endpoint):
    answer = get_session().get(f"{endpoint}/api/buckets/{public}", headers={"authorization": "Bearer hf_wrong"})
    assert answer.status_code == 401


def test_making_it_private_takes_effect_at_once(public, api_stranger, endpoint, api):
    headers = build_hf_headers()
    answer = get_session().put(f"{endpoint}/api/buckets/{public}/settings", headers=headers, json={"private": True})
    assert answer.status_code == 200
    with pytest.raises(BucketNotFoundError):
        api_stranger.bucket_info(public)
    assert api.bucket_info(public).private is True


def test_an_unknown_namespace(api):
    assert status(lambda: list(api.list_buckets(namespace="there-is-nobody-so"))) == 404
    assert status(lambda: api.bucket_info("name-only")) == 404


def test_a_missing_bucket(api, owner):
    with pytest.raises(BucketNotFoundError):
        api.bucket_info(f"{owner}/there-is-none-so")
    with pytest.raises(BucketNotFoundError):
        list(api.list_bucket_tree(f"{owner}/there-is-none-so"))
    with pytest.raises(BucketNotFoundError):
        api.delete_bucket(f"{owner}/there-is-none-so")
    api.delete_bucket(f"{owner}/there-is-none-so", missing_ok=True)


def test_an_organization_is_private_by_default(api, api_stranger, new_name, org, tmp_path):
    bucket_id = new_name(org)
    api.create_bucket(bucket_id)
    assert api.bucket_info(bucket_id).private is True
    api.batch_bucket_files(bucket_id, add=[(b"ours", "x")])
    assert read_all(api, bucket_id, tmp_path) == {"x": b"ours"}
    with pytest.raises(BucketNotFoundError):
        api_stranger.bucket_info(bucket_id)
    assert bucket_id not in [entry.id for entry in api_stranger.list_buckets(namespace=org)]
    public = new_name(org)
    api.create_bucket(public, private=False)
    assert api.bucket_info(public).private is False
    assert public in [entry.id for entry in api_stranger.list_buckets(namespace=org)]


def test_a_stranger_makes_nothing_in_the_organization(api_stranger, org):
    assert status(lambda: api_stranger.create_bucket(f"{org}/not-mine")) == 403


def test_exist_ok_without_the_right_to_create(public, api_stranger):
    """The client asks for the bucket's facts after a 403, and is content when it may see them."""
    assert api_stranger.create_bucket(public, exist_ok=True).bucket_id == public


@pytest.mark.since("1.10.0")
def test_knowing_a_hash_gives_nothing(hidden, api, api_stranger, tmp_path):
    (entry,) = api.get_bucket_paths_info(hidden, ["a/secret.txt"])
    mine = f"{api_stranger.whoami()['name']}/thief"
    api_stranger.create_bucket(mine)
    try:
        with pytest.raises(HfHubHTTPError) as caught:
            api_stranger.batch_bucket_files(mine, add=[_known(entry.xet_hash)])
        assert caught.value.response.status_code == 422
        assert paths_of(api_stranger, mine) == []
        api_stranger.batch_bucket_files(mine, add=[(b"mine", "mine")])
        forged = BucketFile(type="file", path="mine", size=6, xetHash=entry.xet_hash)
        with pytest.raises(Exception):
            api_stranger.download_bucket_files(mine, [(forged, tmp_path / "stolen")])
        assert not (tmp_path / "stolen").exists() or (tmp_path / "stolen").read_bytes() != b"secret"
    finally:
        api_stranger.delete_bucket(mine)


def test_another_account_with_the_same_cache(api, api_stranger, bucket, tmp_path):
    """The client remembers what it sent by server, not by account: the other sends a shard that names the first one's xorb.

    What it proves is the same as sending the bytes, for the shard carries a keyed hash over the hashes of all its chunks.
    """
    data = random_bytes(1_000_000, 77)
    api.batch_bucket_files(bucket, add=[(data, "mine")])
    theirs = f"{api_stranger.whoami()['name']}/same-cache"
    api_stranger.create_bucket(theirs, private=True)
    try:
        api_stranger.batch_bucket_files(theirs, add=[(data, "theirs")])
        assert read_all(api_stranger, theirs, tmp_path) == {"theirs": data}
    finally:
        api_stranger.delete_bucket(theirs)


def _known(xet_hash):
    line = _BucketAddFile(source=b"", destination="stolen")
    line.xet_hash = xet_hash
    line.size = 6
    return line


@pytest.mark.since("1.10.0")
def test_copying_needs_the_right_to_read(hidden, api, api_stranger):
    (entry,) = api.get_bucket_paths_info(hidden, ["a/secret.txt"])
    mine = f"{api_stranger.whoami()['name']}/copier"
    api_stranger.create_bucket(mine)
    try:
        with pytest.raises(BucketNotFoundError):
            api_stranger.copy_files(uri(hidden, "a/secret.txt"), uri(mine, "x"))
        with pytest.raises(HfHubHTTPError) as caught:
            api_stranger.batch_bucket_files(mine, copy=[("bucket", hidden, entry.xet_hash, "x")])
        assert caught.value.response.status_code == 422
        assert paths_of(api_stranger, mine) == []
    finally:
        api_stranger.delete_bucket(mine)


@pytest.mark.since("1.10.0")
def test_copying_from_a_public_bucket_of_another(public, api_stranger, tmp_path):
    mine = f"{api_stranger.whoami()['name']}/copier"
    api_stranger.create_bucket(mine)
    try:
        api_stranger.copy_files(uri(public, "a/open.txt"), uri(mine, "x"))
        assert read_all(api_stranger, mine, tmp_path) == {"x": b"open"}
    finally:
        api_stranger.delete_bucket(mine)
