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

ROOT = Path(__file__).parents[2]
CLIENT = Version(huggingface_hub.__version__)
#: Only the newest clients come with data frames.
NEEDS_DATAFRAMES = [
    "test_dataframes.py",
    "test_dedup_demo.py",
    "test_dedup_figures.py",
    "test_dedup_random_changes.py",
    "test_thinned_figures.py",
]
collect_ignore = [] if CLIENT >= Version("2.0.0") else NEEDS_DATAFRAMES


#: Their helpers fail with sentences of their own; asserts in them say what they saw.
pytest.register_assert_rewrite("dedup_compare")


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


@pytest.fixture(scope="session")
def filled(tmp_path_factory, owner, stranger, org):
    """Names of the buckets that filled_store.py fills."""
    import filled_store

    names = filled_store.fill(tmp_path_factory.mktemp("filled"), owner, stranger, org)
    yield names
    filled_store.remove(names)


@pytest.fixture(scope="session")
def dedup_reader(endpoint, owner, stranger):
    """One who asks for figures: owner, stranger, or nobody."""
    from dedup_compare import Reader

    readers = {
        "owner": Reader(endpoint, owner, os.environ["HF_TOKEN"]),
        "stranger": Reader(endpoint, stranger, os.environ["E2E_STRANGER_TOKEN"]),
        "nobody": Reader(endpoint, None, None),
    }
    return readers.__getitem__


def node_script(name, *args):
    """A script of the project, on the server's own data; its standard output."""
    env = {**os.environ, "DATA_DIR": os.environ["E2E_DATA_DIR"], "SESSION_SECRET": os.environ["E2E_SECRET"]}
    command = [os.environ["E2E_NODE"], ROOT / "scripts" / name, *args]
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.strip()


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
