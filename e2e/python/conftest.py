"""The `hf` command and huggingface_hub against a started server.

scripts/python/run.ts starts the server, makes the accounts and hands them over in the environment. Nothing here is
told to the clients in any other way than their users would: HF_ENDPOINT and HF_TOKEN.
"""

import os
import random
import subprocess
import uuid
from pathlib import Path

import huggingface_hub
import pytest
from huggingface_hub import HfApi
from packaging.version import Version

CLIENT = Version(huggingface_hub.__version__)
#: Only the newest clients come with data frames.
collect_ignore = [] if CLIENT >= Version("2.0.0") else ["test_dataframes.py"]


def pytest_configure(config):
    config.addinivalue_line("markers", "since(version): the first huggingface_hub that has what the test uses")


def pytest_report_header(config):
    return f"huggingface_hub {CLIENT}"


def pytest_collection_modifyitems(config, items):
    """An older client is asked only for what it has: such tests are left out, not skipped."""
    left_out = []
    for item in list(items):
        mark = item.get_closest_marker("since")
        if mark and CLIENT < Version(mark.args[0]):
            items.remove(item)
            left_out.append(item)
    if left_out:
        config.hook.pytest_deselected(items=left_out)


class Hf:
    """The command, in a process of its own."""

    def run(self, *args, input=None, token=None, check=True, cwd=None):
        env = dict(os.environ)
        if token is not None:
            env["HF_TOKEN"] = token
            if token == "":
                del env["HF_TOKEN"]
        done = subprocess.run(["hf", *map(str, args)], input=input, capture_output=True, env=env, cwd=cwd, timeout=120)
        if check and done.returncode != 0:
            raise AssertionError(f"hf {args} ended with {done.returncode}\n{done.stdout.decode()}\n{done.stderr.decode()}")
        return done

    def text(self, *args, **options):
        return self.run(*args, **options).stdout.decode()

    def fails(self, *args, **options):
        """Its whole output; the command must have failed without a traceback."""
        done = self.run(*args, check=False, **options)
        said = done.stdout.decode() + done.stderr.decode()
        assert done.returncode != 0, said
        assert "Traceback" not in said, said
        return said


@pytest.fixture(scope="session")
def endpoint():
    return os.environ["HF_ENDPOINT"]


@pytest.fixture(scope="session")
def owner():
    return os.environ["E2E_OWNER"]


@pytest.fixture(scope="session")
def stranger():
    return os.environ["E2E_STRANGER"]


@pytest.fixture(scope="session")
def org():
    return os.environ["E2E_ORG"]


@pytest.fixture(scope="session")
def hf():
    return Hf()


@pytest.fixture(scope="session")
def api():
    return HfApi()


@pytest.fixture(scope="session")
def api_reader():
    """The owner with a token of role read."""
    return HfApi(token=os.environ["E2E_READ_TOKEN"])


@pytest.fixture(scope="session")
def api_stranger():
    return HfApi(token=os.environ["E2E_STRANGER_TOKEN"])


@pytest.fixture(scope="session")
def api_nobody():
    return HfApi(token=False)


@pytest.fixture
def new_name(owner):
    """A bucket id that nothing has yet; deleted in the end if something made it."""
    api = HfApi()
    made = []

    def make(namespace=owner):
        made.append(f"{namespace}/b-{uuid.uuid4().hex[:10]}")
        return made[-1]

    yield make
    for bucket_id in made:
        api.delete_bucket(bucket_id, missing_ok=True)


@pytest.fixture
def new_bucket(new_name, api):
    def make(private=False, namespace=None):
        bucket_id = new_name() if namespace is None else new_name(namespace)
        api.create_bucket(bucket_id, private=private)
        return bucket_id

    return make


@pytest.fixture
def bucket(new_bucket):
    return new_bucket()


def uri(bucket_id, path=""):
    return f"hf://buckets/{bucket_id}" + (f"/{path}" if path else "")


def random_bytes(size, seed):
    return random.Random(seed).randbytes(size)


def write_tree(root, files):
    """files: relative path -> bytes."""
    for path, data in files.items():
        target = Path(root) / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)


def read_tree(root):
    root = Path(root)
    return {p.relative_to(root).as_posix(): p.read_bytes() for p in root.rglob("*") if p.is_file()}


def paths_of(api, bucket_id, prefix=None):
    return [entry.path for entry in api.list_bucket_tree(bucket_id, prefix=prefix, recursive=True)]


def read_all(api, bucket_id, folder):
    """Every file of the bucket, downloaded by the content store's protocol."""
    files = list(api.list_bucket_tree(bucket_id, recursive=True))
    targets = [(entry.path, Path(folder) / f"{number}") for number, entry in enumerate(files)]
    api.download_bucket_files(bucket_id, targets)
    return {path: target.read_bytes() for path, target in targets}


#: Names that routes and clients like to spoil. No two differ in Unicode form only: see ODD_TWINS.
ODD_NAMES = [
    "with space.txt",
    "plus+and&amp=eq.txt",
    "hash#tag.txt",
    "question?mark.txt",
    "percent%41.txt",
    "encoded%2Fslash.txt",
    "double%252Fencoded.txt",
    "semi;colon,comma.txt",
    "quote'\"`.txt",
    "brackets[a](b){c}.txt",
    "tilde~caret^pipe|.txt",
    "日本語/ファイル.txt",
    "emoji 🛢.txt",
    "..dots..in..name.txt",
    ".hidden",
    "a/b/c/d/e/f/g/deep.txt",
    "colon:at@dollar$.txt",
    "tree/resolve/batch.txt",
    "trailing.dot.",
    "new\tline tab.txt",
]
#: The same words in NFC and NFD are two files.
ODD_TWINS = ["caf\u00e9.txt", "cafe\u0301.txt"]
