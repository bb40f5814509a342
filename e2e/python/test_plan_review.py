"""Sync plans with the real clients: what was approved is what runs, and a protected bucket lets nothing else through."""

import json
import os
import subprocess
import urllib.error
import urllib.request
from datetime import datetime, timezone

import pytest
from conftest import paths_of, random_bytes, read_all, uri, write_tree
from huggingface_hub import HfFileSystem
from huggingface_hub.errors import HfHubHTTPError

HOUR = 3600
EVERYTHING = [{"path": "/", "include": True}]


class Review:
    """The review's own API, as curl would use it."""

    def __init__(self, endpoint):
        self.endpoint = endpoint

    def ask(self, method, path, token, body=None):
        data = body if isinstance(body, bytes) else None if body is None else json.dumps(body).encode()
        headers = {"authorization": f"Bearer {token}", "content-type": "application/json"}
        request = urllib.request.Request(f"{self.endpoint}/api{path}", data, headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return answer.read()
        except urllib.error.HTTPError as error:
            raise AssertionError(f"{method} {path}: {error.code} {error.read().decode()}") from error

    def json(self, *args):
        return json.loads(self.ask(*args))

    def submit(self, file, token):
        """The line of the documentation, to the letter."""
        command = ["curl", "-sS", "--data-binary", f"@{file}", "-H", f"Authorization: Bearer {token}"]
        done = subprocess.run([*command, f"{self.endpoint}/api/plans"], capture_output=True, check=True, timeout=60)
        plan = json.loads(done.stdout)
        assert "id" in plan, plan
        return plan

    def decide(self, plan, token, selection=EVERYTHING, verdict="approve"):
        decision = {"verdict": verdict, "digest": plan["digest"], "selection": selection, "note": ""}
        return self.json("POST", f"/plans/{plan['id']}/decision", token, decision)

    def approved_file(self, plan, token, target):
        target.write_bytes(self.ask("GET", f"/plans/{plan['id']}/approved.jsonl", token))
        return target


@pytest.fixture
def review(endpoint):
    return Review(endpoint)


@pytest.fixture
def token():
    return os.environ["HF_TOKEN"]


@pytest.fixture
def admin_token():
    """Of the owner, with the role that rules are set with."""
    return os.environ["E2E_ADMIN_TOKEN"]


@pytest.fixture
def reviewer_token():
    return os.environ["E2E_STRANGER_TOKEN"]


@pytest.fixture
def rule(review, admin_token, stranger):
    """Sets the rules of a bucket: the stranger reviews."""

    def set_rules(bucket, **changes):
        rules = review.json("GET", f"/buckets/{bucket}/rules", admin_token)
        rules = rules | {"people": [stranger]} | changes
        return review.json("PUT", f"/buckets/{bucket}/rules", admin_token, rules)

    return set_rules


@pytest.fixture
def lift(rule, request):
    """A protected bucket cannot be deleted by the suite's own token: the protection goes first."""
    held = []
    yield held.append
    for bucket in held:
        rule(bucket, protect=[])


@pytest.fixture
def protected(api, bucket, rule, lift):
    files = {"models/a.bin": random_bytes(5000, 1), "models/b.bin": random_bytes(6000, 2), "notes.txt": b"free"}
    api.batch_bucket_files(bucket, add=[(data, path) for path, data in files.items()])
    rule(bucket, protect=["models"])
    lift(bucket)
    return bucket


def write_plan(file, dest, operations):
    """A plan by hand, in the client's own form."""
    now = datetime.now(timezone.utc).isoformat()
    uploads = [line for line in operations if line["action"] == "upload"]
    summary = {
        "uploads": len(uploads),
        "downloads": 0,
        "deletes": len(operations) - len(uploads),
        "skips": 0,
        "total_size": sum(line["size"] for line in uploads),
    }
    header = {"type": "header", "source": "./local", "dest": dest, "timestamp": now, "summary": summary}
    lines = [header] + [{"type": "operation", "reason": "by hand", **line} for line in operations]
    file.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return file


def delete_line(path, size):
    return {"action": "delete", "path": path, "size": size}


def upload_line(path, size):
    return {"action": "upload", "path": path, "size": size}


def age(path, seconds):
    when = os.path.getmtime(path) - seconds
    os.utime(path, (when, when))


def operations(text):
    lines = [json.loads(line) for line in text.splitlines() if line.startswith("{")]
    return {line["path"]: line["action"] for line in lines if line["type"] == "operation"}


def test_the_approved_part_is_what_runs(hf, api, review, rule, bucket, tmp_path, token, reviewer_token):
    before = {"old/one.txt": b"1", "old/two.txt": b"22", "keep.txt": b"kept", "weights.bin": random_bytes(90_000, 5)}
    api.batch_bucket_files(bucket, add=[(data, path) for path, data in before.items()])
    local = tmp_path / "local"
    after = {"keep.txt": b"kept", "weights.bin": random_bytes(80_000, 6), "new/a.txt": b"a", "new/b.txt": b"bb"}
    write_tree(local, after)
    age(local / "keep.txt", HOUR)
    rule(bucket)
    hf.run("buckets", "sync", local, uri(bucket), "--delete", "--plan", tmp_path / "p.jsonl")
    plan = review.submit(tmp_path / "p.jsonl", token)
    assert plan["url"].endswith(f"/buckets/{bucket}/plans/{plan['id']}")
    planned = operations((tmp_path / "p.jsonl").read_text())
    wanted = {"old/one.txt": "delete", "old/two.txt": "delete", "keep.txt": "skip", "weights.bin": "upload"}
    assert planned == wanted | {"new/a.txt": "upload", "new/b.txt": "upload"}
    # Nobody approves what they submitted, and nothing is approved as yet.
    with pytest.raises(AssertionError, match="403"):
        review.decide(plan, token)
    with pytest.raises(AssertionError, match="409"):
        review.approved_file(plan, token, tmp_path / "none.jsonl")

    part = [*EVERYTHING, {"path": "old/", "include": False}, {"path": "old/two.txt", "include": True}]
    part.append({"path": "new/b.txt", "include": False})
    review.decide(plan, reviewer_token, part)
    approved = review.approved_file(plan, token, tmp_path / "approved.jsonl")
    chosen = {path: action for path, action in operations(approved.read_text()).items() if action != "skip"}
    assert chosen == {"old/two.txt": "delete", "weights.bin": "upload", "new/a.txt": "upload"}
    said = hf.text("buckets", "sync", "--apply", approved)
    assert "Sync completed" in said

    expected = before | {"weights.bin": after["weights.bin"], "new/a.txt": b"a"}
    del expected["old/two.txt"]
    assert read_all(api, bucket, tmp_path) == expected
    rest = operations(hf.text("buckets", "sync", local, uri(bucket), "--delete", "--dry-run"))
    rest = {path: action for path, action in rest.items() if action != "skip"}
    assert rest == {"old/one.txt": "delete", "new/b.txt": "upload"}
    # The page shows what the client did.
    now = review.json("GET", f"/plans/{plan['id']}", token)
    assert now["spent"]["delete"]["count"] == 1
    assert now["spent"]["add"]["count"] == 1
    assert now["spent"]["overwrite"]["count"] == 1
    assert now["run"]["how"] == "client"
    assert now["run"]["done"] == 3


def refused(said, bucket, plan=None):
    """What a person reads at the terminal: the rule, and where to go."""
    said = " ".join(said.split())
    url = f"/buckets/{bucket}/plans" + (f"/{plan['id']}" if plan else "")
    assert f"{os.environ['HF_ENDPOINT']}{url}" in said, said
    assert "protected" in said, said
    return said


def test_sync_with_delete(hf, api, review, protected, tmp_path, token, reviewer_token):
    local = tmp_path / "local"
    write_tree(local, {"a.bin": random_bytes(5000, 9), "c.bin": b"new"})
    command = ["buckets", "sync", local, uri(protected, "models"), "--delete"]
    before = read_all(api, protected, tmp_path)
    refused(hf.fails(*command), protected)
    assert read_all(api, protected, tmp_path) == before

    hf.run(*command, "--plan", tmp_path / "p.jsonl")
    plan = review.submit(tmp_path / "p.jsonl", token)
    # The plan is named now, but that it waits is no cover.
    said = refused(hf.fails(*command), protected, plan)
    assert f"plan {plan['id']}" in said
    review.decide(plan, reviewer_token)
    # In this very form: nothing of the client is changed.
    hf.run(*command)
    assert paths_of(api, protected) == ["models/a.bin", "models/c.bin", "notes.txt"]
    # What comes back must be asked for again.
    api.batch_bucket_files(protected, add=[(random_bytes(6000, 2), "models/b.bin")])
    said = refused(hf.fails(*command), protected)
    assert f"plan {plan['id']} already ran" in said


def test_rm(hf, api, review, protected, tmp_path, token, reviewer_token):
    command = ["buckets", "rm", f"{protected}/models", "-R", "--yes"]
    refused(hf.fails(*command), protected)
    assert len(paths_of(api, protected)) == 3
    lines = [delete_line("a.bin", 5000), delete_line("b.bin", 6000)]
    plan = review.submit(write_plan(tmp_path / "p.jsonl", uri(protected, "models"), lines), token)
    review.decide(plan, reviewer_token, [{"path": "a.bin", "include": True}])
    # Half of it is not enough, and nothing of it happens.
    refused(hf.fails(*command), protected, plan)
    assert len(paths_of(api, protected)) == 3
    review.decide(plan, reviewer_token)
    hf.run(*command)
    assert paths_of(api, protected) == ["notes.txt"]
    api.batch_bucket_files(protected, add=[(b"again", "models/a.bin")])
    refused(hf.fails(*command), protected)
    assert paths_of(api, protected) == ["models/a.bin", "notes.txt"]
    # What is not below the prefix is free.
    hf.run("buckets", "rm", f"{protected}/notes.txt", "--yes")


def test_overwriting_cp(hf, api, review, protected, tmp_path, token, reviewer_token):
    source = tmp_path / "a.bin"
    source.write_bytes(random_bytes(7777, 3))
    command = ["buckets", "cp", source, uri(protected, "models/a.bin")]
    before = read_all(api, protected, tmp_path)
    refused(hf.fails(*command), protected)
    assert read_all(api, protected, tmp_path) == before
    # A plan with another size is no cover for it.
    wrong = write_plan(tmp_path / "wrong.jsonl", uri(protected), [upload_line("models/a.bin", 7776)])
    wrong = review.submit(wrong, token)
    review.decide(wrong, reviewer_token)
    assert "other content" in refused(hf.fails(*command), protected, wrong)
    assert read_all(api, protected, tmp_path) == before
    right = write_plan(tmp_path / "right.jsonl", uri(protected), [upload_line("models/a.bin", 7777)])
    right = review.submit(right, token)
    review.decide(right, reviewer_token)
    hf.run(*command)
    assert read_all(api, protected, tmp_path)["models/a.bin"] == source.read_bytes()
    # The same bytes once more are a second overwrite.
    refused(hf.fails(*command), protected)
    # New paths need nothing.
    hf.run("buckets", "cp", source, uri(protected, "models/new.bin"))


@pytest.mark.since("1.10.0")
def test_file_system(api, review, protected, tmp_path, token, reviewer_token):
    fs = HfFileSystem(skip_instance_cache=True, use_listings_cache=False)
    root = f"hf://buckets/{protected}"
    before = read_all(api, protected, tmp_path)

    def fails(work):
        with pytest.raises(HfHubHTTPError) as caught:
            work()
        return refused(str(caught.value), protected)

    fails(lambda: fs.rm(f"{root}/models/a.bin"))
    fails(lambda: fs.rm(f"{root}/models", recursive=True))
    fails(lambda: fs.pipe_file(f"{root}/models/a.bin", b"other"))
    assert read_all(api, protected, tmp_path) == before
    lines = [delete_line("models/a.bin", 5000), upload_line("models/b.bin", 5)]
    plan = review.submit(write_plan(tmp_path / "p.jsonl", uri(protected), lines), token)
    review.decide(plan, reviewer_token)
    fs.rm(f"{root}/models/a.bin")
    fs.pipe_file(f"{root}/models/b.bin", b"other")
    assert read_all(api, protected, tmp_path) == {"models/b.bin": b"other", "notes.txt": b"free"}
    fails(lambda: fs.pipe_file(f"{root}/models/b.bin", b"third"))


def test_a_repeated_batch_says_that_it_ran(api, review, protected, tmp_path, token, reviewer_token):
    """What a client sends again when the answer to its first request was lost."""
    lines = [upload_line("models/a.bin", 4), delete_line("models/b.bin", 6000)]
    plan = review.submit(write_plan(tmp_path / "p.jsonl", uri(protected), lines), token)
    review.decide(plan, reviewer_token)
    batch = {"add": [(b"four", "models/a.bin")], "delete": ["models/b.bin"]}
    api.batch_bucket_files(protected, **batch)
    with pytest.raises(HfHubHTTPError) as caught:
        api.batch_bucket_files(protected, **batch)
    assert f"plan {plan['id']} already ran" in refused(str(caught.value), protected)
    assert read_all(api, protected, tmp_path) == {"models/a.bin": b"four", "notes.txt": b"free"}


def test_settings_of_a_protected_bucket_need_an_admin(api, protected, new_name, admin_token):
    """The suite's token is of role write, which does for any other bucket."""
    with pytest.raises(HfHubHTTPError, match="admin"):
        api.delete_bucket(protected)
    with pytest.raises(HfHubHTTPError, match="admin"):
        api.move_bucket(protected, new_name())
    assert len(paths_of(api, protected)) == 3
