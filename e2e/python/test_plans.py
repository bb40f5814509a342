"""The plan as data: lib/core/plan against the client's own functions, byte for byte.

The client computes each plan from a real folder and the listing that it would be sent; node computes it from the same facts.
"""

import fnmatch
import json
import os
import random
import shutil
import subprocess
import tempfile
import threading
import warnings
from datetime import datetime, timezone
from pathlib import Path

import pytest
from conftest import uri
from huggingface_hub import _buckets as client
from huggingface_hub.errors import BucketNotFoundError

CASES = 5_000
SCRIPT = Path(__file__).with_name("compute_plans.ts")
#: Small on purpose, so that both sides often have the same path and globs often match.
SEGMENTS = ["a", "b", "ab", "B", "x.bin", "y.txt", ".h", "sp ace", "q'u\"o", "日本", "e\u0301", "é", "🛢", "\uff5e", "n\nl", "t\tb", "d\x7f", "[a]", "st*r", "tail."]
GLOBS = ["*", "?", "a", "b", "*.bin", "*.txt", "[ab]", "[!a]", "[]]", "[a-c]", "/", ".", "日", "\n", "[[]a]", "**", "e", "-", "!", "[z-a]", "🛢"]
BASE = 1_768_473_000_000
WINDOW = [0, 1, 499, 999, 1000, 1001, 1500, 86_400_000]
#: ns beside the ms, since local files have them.
FRACTIONS = [0, 0, 0, 1, 500, 499_999, 500_000, 500_500, 999_999]
FLAGS = [
    {},
    {"ignore_times": True},
    {"ignore_sizes": True},
    {"existing": True},
    {"ignore_existing": True},
    {"ignore_times": True, "existing": True},
    {"ignore_sizes": True, "existing": True},
    {"ignore_times": True, "ignore_existing": True},
    {"ignore_sizes": True, "ignore_existing": True},
]


def ask_node(questions):
    """One process for all; questions are written while answers are read."""
    node = subprocess.Popen(
        [os.environ["E2E_NODE"], SCRIPT], stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8"
    )

    def write():
        with node.stdin as pipe:
            for question in questions:
                pipe.write(json.dumps(question) + "\n")

    writer = threading.Thread(target=write)
    writer.start()
    answers = [json.loads(line) for line in node.stdout]
    writer.join()
    assert node.wait() == 0
    assert len(answers) == len(questions)
    return answers


def random_path(rng):
    return "/".join(rng.choice(SEGMENTS) for _ in range(rng.choice([1, 1, 2, 2, 3])))


def random_glob(rng):
    return "".join(rng.choice(GLOBS) for _ in range(rng.randint(1, 4))).replace("\n", "" if rng.random() < 0.9 else "\n")


def iso(mtime):
    return datetime.fromtimestamp(mtime / 1000, tz=timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def make_local(rng, root, paths):
    root.mkdir()
    for path in paths:
        file = root / path
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            with open(file, "wb") as f:
                f.truncate(rng.randint(0, 3))
        except OSError:
            continue  # a folder is where the file should be, or the other way round
        when = (BASE + rng.choice([-1, 1]) * rng.choice(WINDOW)) * 1_000_000 + rng.choice(FRACTIONS)
        os.utime(file, ns=(when, when))


class Listing:
    """The one call of HfApi that computing a plan makes."""

    def __init__(self, entries):
        self.entries = entries

    def list_bucket_tree(self, bucket_id, prefix=None, recursive=False):
        if self.entries is None:
            # Made without its constructor, which asks for a response of the HTTP library that this version happens to use.
            raise BucketNotFoundError.__new__(BucketNotFoundError)
        return [
            client.BucketFile(type="file", path=path, size=size, xetHash="0" * 64, **({} if mtime is None else {"mtime": iso(mtime)}))
            for path, size, mtime in self.entries
        ]


def random_case(rng, root):
    """What the client is asked, and the same for node."""
    paths = list({random_path(rng) for _ in range(rng.choice([0, 1, 3, 8, 15]))})
    prefix = rng.choice(["", "", "a", "runs/日本"])
    direction = rng.choice(["upload", "download"])
    make_local(rng, root, [path for path in paths if rng.random() < 0.75])
    remote = {}
    for path in paths:
        if rng.random() < 0.75:
            mtime = None if rng.random() < 0.05 else BASE + rng.choice([-1, 1]) * rng.choice(WINDOW)
            remote[f"{prefix}/{path}" if prefix else path] = (rng.randint(0, 3), mtime)
    if prefix and rng.random() < 0.2:
        remote[prefix] = (1, BASE)  # a file that is named like the prefix
        remote[f"{prefix}b"] = (1, BASE)  # and what only begins like it
    entries = sorted(((path, *facts) for path, facts in remote.items()), key=lambda entry: entry[0].encode())
    if direction == "upload" and rng.random() < 0.05:
        entries = None
    if direction == "download" and rng.random() < 0.1:
        shutil.rmtree(root)
    flags = rng.choice(FLAGS)
    delete = rng.random() < 0.5
    include = [random_glob(rng) for _ in range(rng.choice([0, 0, 0, 1, 2]))]
    exclude = [random_glob(rng) for _ in range(rng.choice([0, 0, 1, 2]))]
    rules = "".join(
        f"{rng.choice(['+ ', '- ', '-', '+', '', '# ', '  - '])}{random_glob(rng)}{rng.choice(['', ' '])}\n"
        for _ in range(rng.choice([0, 0, 0, 2, 4]))
    )
    bucket = uri("ada/runs", prefix)
    source, dest = (str(root), bucket) if direction == "upload" else (bucket, str(root))
    options = {"direction": direction, "delete": delete}
    for flag in flags:
        head, *tail = flag.split("_")
        options[head + "".join(word.title() for word in tail)] = True
    question = {
        "source": source,
        "dest": dest,
        "prefix": prefix,
        "options": options,
        "include": include,
        "exclude": exclude,
        "rules": rules,
        "local": [],
        "remote": entries or [],
    }
    return question, entries, {"delete": delete, **flags}


def client_plan(question, entries, flags, folder, root):
    """The bytes that `--plan` would write; notes in the question what the client read from the folder."""
    if root.is_dir():
        question["local"] = list(client._list_local_files(str(root)))
    rules_file = folder / "rules"
    rules_file.write_text(question["rules"], encoding="utf-8")
    matcher = client.FilterMatcher(
        include_patterns=question["include"],
        exclude_patterns=question["exclude"],
        filter_rules=client._parse_filter_file(str(rules_file)),
    )
    plan = client._compute_sync_plan(
        question["source"], question["dest"], api=Listing(entries), filter_matcher=matcher, **flags
    )
    question["timestamp"] = plan.timestamp
    plan_file = folder / "plan.jsonl"
    client._save_plan(plan, str(plan_file))
    return plan_file.read_bytes().decode()


@pytest.fixture
def quick_folder():
    """In memory where the system has such a place: fifty thousand files come and go."""
    with tempfile.TemporaryDirectory(dir="/dev/shm" if os.path.isdir("/dev/shm") else None) as folder:
        yield Path(folder)


@pytest.mark.filterwarnings("ignore::FutureWarning")
def test_thousands_of_random_trees_plan_alike(quick_folder):
    rng = random.Random(20261120)
    questions, expected = [], []
    for number in range(CASES):
        root = quick_folder / f"t{number}"
        question, entries, flags = random_case(rng, root)
        expected.append(client_plan(question, entries, flags, quick_folder, root))
        questions.append(question)
        shutil.rmtree(root, ignore_errors=True)
    for question, plan, answer in zip(questions, expected, ask_node(questions), strict=True):
        assert answer == plan, question
    # The cases must be worth their name.
    lines = [json.loads(line) for plan in expected for line in plan.splitlines()[1:]]
    assert {line["action"] for line in lines} == {"upload", "download", "delete", "skip"}
    assert len({(line["action"], line["reason"]) for line in lines}) == 14
    # What was written is read, and written again to the same bytes.
    for plan, answer in zip(expected, ask_node([{"plan": plan} for plan in expected]), strict=True):
        assert answer == plan


def test_globs_match_alike():
    rng = random.Random(7)
    letters = list("ab-!]^[*?&~|zc./") + ["日", "🛢", "\n"]
    pairs = []
    for _ in range(50_000):
        pattern = "".join(rng.choice(letters) for _ in range(rng.randint(0, 8)))
        if rng.random() < 0.6:
            pattern = f"{pattern[:2]}[{pattern[2:]}]"
        pairs.append((pattern, "".join(rng.choice(letters) for _ in range(rng.randint(0, 4)))))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        expected = [fnmatch.fnmatchcase(text, pattern) for pattern, text in pairs]
    (answer,) = ask_node([{"globs": pairs}])
    assert sum(expected) > 500
    for pair, mine, theirs in zip(pairs, answer, expected, strict=True):
        assert mine == theirs, pair


@pytest.mark.parametrize("flags", [{}, {"ignore_times": True}, {"ignore_sizes": True}, {"existing": True}, {"ignore_existing": True}])
def test_alike_against_this_server(api, bucket, tmp_path, flags):
    """The listing that the client really gets, both ways."""
    rng = random.Random(str(flags))
    root = tmp_path / "local"
    names = list({random_path(rng) for _ in range(40)})
    make_local(rng, root, names)
    api.sync_bucket(str(root), uri(bucket, "runs"), quiet=True)
    shutil.rmtree(root)
    make_local(rng, root, rng.sample(names, 20) + [random_path(rng) for _ in range(5)])
    listing = [
        (entry.path, entry.size, round(entry.mtime.timestamp() * 1000))
        for entry in api.list_bucket_tree(bucket, prefix="runs", recursive=True)
        if entry.type == "file"
    ]
    for direction in ["upload", "download"]:
        sides = [str(root), uri(bucket, "runs")]
        source, dest = sides if direction == "upload" else reversed(sides)
        plan_file = tmp_path / f"{direction}.jsonl"
        api.sync_bucket(source, dest, delete=True, plan=str(plan_file), quiet=True, **flags)
        theirs = plan_file.read_bytes().decode()
        options = {"direction": direction, "delete": True}
        options |= {flag.split("_")[0] + flag.split("_")[-1].title() if "_" in flag else flag: True for flag in flags}
        question = {
            "source": source,
            "dest": dest,
            "timestamp": json.loads(theirs.splitlines()[0])["timestamp"],
            "prefix": "runs",
            "options": options,
            "include": [],
            "exclude": [],
            "rules": "",
            "local": list(client._list_local_files(str(root))),
            "remote": listing,
        }
        assert ask_node([question]) == [theirs]
        assert len(theirs.splitlines()) > 20


def test_our_lines_are_passed_over_by_the_client(tmp_path):
    """Notes between the operations, and the hash behind the client's own keys."""
    plan_file = tmp_path / "approved.jsonl"
    header = {"type": "header", "source": "./x", "dest": "hf://buckets/ada/runs", "timestamp": "2026-01-15T10:30:00+00:00"}
    upload = {"type": "operation", "action": "upload", "path": "a", "reason": "new file", "size": 1, "xet_hash": "a" * 64}
    plan_file.write_text("\n".join(map(json.dumps, [header, {"type": "review", "by": "ada"}, upload])) + "\n")
    plan = client._load_plan(str(plan_file))
    assert [(one.action, one.path, one.size) for one in plan.operations] == [("upload", "a", 1)]
