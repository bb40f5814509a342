"""Asks a server for every figure that a reader can get, and says where it is not what the oracle has worked out from the disk."""

import json
import random
import time
import urllib.error
import urllib.parse
import urllib.request

from dedup_oracle import Oracle
from dedup_store import hex_of

FIGURES = ("files", "logical", "unique", "exclusive", "stored", "freed")
RANKED = 100
SETTLE_SECONDS = 120


class Reader:
    """A person with a token; None for nobody."""

    def __init__(self, endpoint, name, token):
        self.endpoint = endpoint
        self.name = name
        self.token = token

    def ask(self, path, query=(), body=None):
        url = f"{self.endpoint}{urllib.parse.quote(path)}?{urllib.parse.urlencode(query)}"
        headers = {"accept": "application/json", "content-type": "application/json"}
        if self.token is not None:
            headers["authorization"] = f"Bearer {self.token}"
        data = None if body is None else json.dumps(body).encode()
        try:
            with urllib.request.urlopen(urllib.request.Request(url, data, headers), timeout=120) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            raise AssertionError(f"{path} {dict(query)}: {error.code} {error.read()[:500]!r}") from error

    def dedup(self, bucket, what="", query=(), body=None):
        return self.ask(f"/api/buckets/{bucket}/dedup{what}", query, body)

    def settled(self, bucket):
        """Waits until the figures are those of the bucket as it stands."""
        deadline = time.monotonic() + SETTLE_SECONDS
        while self.dedup(bucket)["pending"]:
            assert time.monotonic() < deadline, f"the figures of {bucket} are still pending after {SETTLE_SECONDS} s"
            time.sleep(0.1)


class Comparison:
    """What the server says against what is right, as sentences about every difference; and how many figures were compared."""

    def __init__(self, reader, oracle):
        self.reader = reader
        self.oracle = oracle
        self.wrong = []
        self.count = 0

    def same(self, where, what, said, right):
        self.count += 1
        if said != right:
            self.wrong.append(f"{where}: {what}: the server says {said}, the xorbs say {right}")

    def same_figures(self, where, said, right):
        for name in FIGURES:
            self.same(where, name, said[name], right[name])

    def all(self):
        self.store()
        for name in self.oracle.names:
            BucketComparison(self, name).all()
        return self

    def store(self):
        spaces = sorted({name.split("/")[0] for name in self.oracle.names})
        for namespace in [None, *spaces]:
            if namespace is None and self.reader.name is None:
                continue
            where = f"/api/dedup {namespace or ''}"
            said = self.reader.ask("/api/dedup", [] if namespace is None else [("namespace", namespace)])
            right = self.oracle.whole_store(namespace)
            self.same_figures(where, said["figures"], right["figures"])
            for key, by in (("namespaces", "name"), ("buckets", "bucket")):
                told = {row[by]: row["figures"] for row in said[key]}
                self.same(where, key, sorted(told), sorted(right[key]))
                for name in told.keys() & right[key].keys():
                    self.same_figures(f"{where} {name}", told[name], right[key][name])


class BucketComparison:
    def __init__(self, all_, name):
        self.to = all_
        self.name = name
        self.ask = lambda what="", query=(), body=None: all_.reader.dedup(name, what, query, body)
        self.right = all_.oracle.bucket(name)
        self.random = random.Random(name)

    def same(self, where, what, said, right):
        self.to.same(f"{self.name} {where} ({self.to.reader.name})", what, said, right)

    def same_figures(self, where, said, right):
        self.to.same_figures(f"{self.name} {where} ({self.to.reader.name})", said, right)

    def all(self):
        self.bucket()
        self.entries()
        self.selections()
        self.matrices()
        self.checkpoints()
        self.history()
        self.ranked()
        for path in self.mapped():
            self.map(path)
            self.ranges(path)

    def bucket(self):
        said = self.ask()
        self.same("/", "type", said["type"], "bucket")
        shared = {row["bucket"]: row["bytes"] for row in said["sharedWith"]}
        self.same("/", "shared with", shared, self.right.shared_with())
        self.same("/", "order of shared", list(shared.values()), sorted(shared.values(), reverse=True))
        waiting = {key: said["waiting"][key] for key in ("bytes", "files", "since")}
        self.same("/", "waiting", waiting, self.right.waiting())
        for path in [*self.right.folders, *self.right.by_path]:
            said = self.ask("", [("path", path)])
            kind = "file" if path in self.right.by_path else "folder" if path else "bucket"
            self.same(path, "type", said["type"], kind)
            self.same_figures(path, said["figures"], self.right.figures([path]))

    def entries(self):
        for folder in self.right.folders:
            for sort in ("name", "logical", "unique", "exclusive", "stored", "freed"):
                direction = self.random.choice(("asc", "desc"))
                self.level(folder, sort, direction)

    def level(self, folder, sort, direction):
        where = f"{folder}/ by {sort} {direction}"
        items = []
        cursor = None
        while True:
            query = {"path": folder, "sort": sort, "direction": direction, "limit": self.random.choice((2, 7, 1000))}
            page = self.ask("/entries", [*query.items(), *([("cursor", cursor)] if cursor else [])])
            items += page["items"]
            cursor = page["cursor"]
            if cursor is None:
                break
        prefix = f"{folder}/" if folder else ""
        folders = {path for path in self.right.folders if path and path.rpartition("/")[0] == folder}
        files = {path for path in self.right.by_path if path.rpartition("/")[0] == folder}
        self.same(where, "paths", sorted(item["path"] for item in items), sorted(folders | files))
        kinds = [item["type"] for item in items]
        self.same(where, "folders before files", kinds, sorted(kinds, reverse=True))
        for item in items:
            path = item["path"]
            if path not in folders | files:
                continue
            assert path.startswith(prefix)
            self.same_figures(path, item["figures"], self.right.figures([path]))
            nested = any(other.startswith(f"{path}/") for other in self.right.folders)
            self.same(path, "nested", item["nested"], nested)
        of_folders = [item for item in items if item["type"] == "folder"]
        keys = [item["path"].encode() if sort == "name" else item["figures"][sort] for item in of_folders]
        self.same(where, "order of folders", keys, sorted(keys, reverse=direction == "desc"))

    def selections(self):
        folders = [path for path in self.right.folders if path]
        files = list(self.right.by_path)
        for _ in range(20):
            chosen = {
                "files": self.random.sample(files, self.random.randint(0, min(len(files), 12))),
                "folders": self.random.sample(folders, self.random.randint(0, min(len(folders), 4))),
            }
            said = self.ask("/selection", (), chosen)
            where = f"selection {chosen}"
            self.same_figures(where, said["figures"], self.right.figures(chosen["files"] + chosen["folders"]))
            self.same(where, "missing", said["missing"], [])
        said = self.ask("/selection", (), {"files": ["not/there.bin"], "folders": ["nor/this"]})
        self.same("selection of nothing", "missing", sorted(said["missing"]), ["nor/this", "not/there.bin"])
        self.same("selection of nothing", "files", said["figures"]["files"], 0)

    def matrices(self):
        scopes = [path for path in [*self.right.folders, *self.right.by_path] if path]
        for size in (1, 2, 7, 25):
            paths = self.random.sample(scopes, min(size, len(scopes)))
            if paths:
                self.matrix(self.ask("/matrix", [("path", path) for path in paths]), paths)
        runs = {run: found for run, found in self.right.runs().items() if len(found) > 1}
        said = self.ask("/matrix")
        self.same("matrix", "runs", sorted(said["runs"]), sorted(self.right.runs()))
        if runs:
            most = max(len(found) for found in runs.values())
            self.same("matrix", "scopes", len(said["scopes"]), min(50, most))
        for run, checkpoints in runs.items():
            self.matrix(self.ask("/matrix", [("run", run)]), [path for _, path in checkpoints])

    def matrix(self, said, paths):
        where = f"matrix of {paths}"
        right = self.right.matrix(paths)
        self.same(where, "scopes", [scope["path"] for scope in said["scopes"]], paths)
        for scope in said["scopes"]:
            self.same_figures(f"{where} {scope['path']}", scope["figures"], self.right.figures([scope["path"]]))
        for row, path in enumerate(paths):
            for column, other in enumerate(paths):
                self.same(f"{path} and {other}", "overlap", said["overlap"][row][column], right["overlap"][row][column])
        self.same(where, "common", said["common"], right["common"])
        self.same(where, "union", said["union"], right["union"])

    def checkpoints(self):
        said = {run["path"]: run["checkpoints"] for run in self.ask("/checkpoints")["runs"]}
        right = self.right.runs()
        self.same("checkpoints", "runs", sorted(said), sorted(right))
        for run in said.keys() & right.keys():
            told = [(checkpoint["step"], checkpoint["path"]) for checkpoint in said[run]]
            self.same(run, "checkpoints", told, right[run])
            for checkpoint in said[run]:
                path = checkpoint["path"]
                self.same_figures(path, checkpoint["figures"], self.right.figures([path]))
                self.same(path, "new bytes", checkpoint["newBytes"], self.right.new_bytes(path))
                newest = max(file.uploaded_at for file in self.right.below(path))
                self.same(path, "uploaded at", checkpoint["uploadedAt"], newest)

    def history(self):
        points = self.ask("/history")["points"]
        times = [point["at"] for point in points]
        self.same("history", "order", times, sorted(times))
        right = self.right.figures([""])
        for name in ("files", "logical", "unique", "stored"):
            self.same("history, now", name, points[-1][name] if points else None, right[name])

    def ranked(self):
        said = self.ask("/files")
        for row in said["exclusive"]:
            self.same_figures(row["path"], row["figures"], self.right.figures([row["path"]]))
        freed = sorted((self.right.figures([path])["freed"] for path in self.right.by_path), reverse=True)
        told = [row["figures"]["freed"] for row in said["exclusive"]]
        self.same("files", "most freed", told, [size for size in freed if size > 0][:RANKED])
        self.duplicates(said["duplicates"])
        self.near(said["near"], said["capped"])

    def duplicates(self, said):
        right = self.right.duplicates()
        waste = {digest: self.right.by_path[paths[0]].size * (len(paths) - 1) for digest, paths in right.items()}
        order = [waste.get(group["xetHash"]) for group in said]
        self.same("duplicates", "bytes named twice", order, sorted(waste.values(), reverse=True)[:RANKED])
        for group in said:
            paths = right.get(group["xetHash"], [])
            where = f"duplicates of {group['paths'][0]}"
            self.same(where, "count", group["count"], len(paths))
            self.same(where, "size", group["size"], self.right.by_path[group["paths"][0]].size)
            self.same(where, "paths", len(group["paths"]), min(20, len(paths)))
            self.same(where, "other paths", set(group["paths"]) - set(paths), set())

    def near(self, said, capped):
        right = self.right.near_duplicates()
        hashes = {file.path: hex_of(file.hash) for file in self.right.files}
        seen = set()
        for pair in said:
            key = frozenset(hashes[path] for path in pair["paths"])
            where = f"near duplicates {pair['paths']}"
            self.same(where, "again", key in seen, False)
            seen.add(key)
            shared, share = right.get(key, (None, None))
            self.same(where, "shared", pair["shared"], shared)
            self.same(where, "share", round(pair["share"], 9), share and round(share, 9))
        if not capped:
            most = sorted((shared for shared, _ in right.values()), reverse=True)[:RANKED]
            self.same("near duplicates", "shared", [pair["shared"] for pair in said], most)

    def mapped(self):
        """The largest files, and some others."""
        files = sorted(self.right.files, key=lambda file: -file.size)
        some = self.random.sample(files, min(10, len(files)))
        return list({file.path: None for file in [*files[:10], *some]})

    def map(self, path):
        file = self.right.by_path[path]
        for cells in (16, 61, 320):
            said = self.ask(f"/map/{path}", [("cells", cells)])
            where = f"map of {path} in {cells}"
            self.same(where, "size", said["size"], file.size)
            self.same(where, "hash", said["xetHash"], hex_of(file.hash))
            self.same(where, "chunks", said["chunks"], len(file.sequence))
            self.same(where, "xorbs", said["xorbs"], len({xorb for xorb, _ in file.chunks}))
            self.same(where, "terms", said["terms"], file.terms)
            self.same_figures(where, said["figures"], self.right.figures([path]))
            whole = self.right.classes(path, 0, file.size)
            for name in ("own", "few", "wide"):
                self.same(where, name, said[name], whole[name])
            at = 0
            for cell in said["cells"]:
                self.same(where, "start of a cell", cell["start"], at)
                at = cell["end"]
                right = self.right.classes(path, cell["start"], cell["end"])
                for name in right:
                    self.same(f"{where}, {cell['start']}-{cell['end']}", name, cell[name], right[name])
            self.same(where, "end of the last cell", at, file.size)
            self.same(where, "cells", len(said["cells"]) <= cells, True)

    def ranges(self, path):
        file = self.right.by_path[path]
        if file.size == 0:
            return
        for _ in range(4):
            start = self.random.randrange(file.size)
            end = self.random.randint(start + 1, file.size)
            self.range(path, *self.random.choice(((start, end), (0, file.size))))

    def range(self, path, start, end):
        said = self.ask(f"/range/{path}", [("start", start), ("end", end)])
        where = f"range of {path}, {start}-{end}"
        start, end = said["start"], said["end"]
        placed = [row for row in self.right.placed_chunks(path) if row[0] < end and row[1] > start]
        self.same(where, "chunks", said["chunks"], len(placed))
        for piece in said["pieces"]:
            self.piece(path, where, piece)
        right = self.right.range_holders(path, start, end)
        told = {(row["bucket"], row["path"]): row["bytes"] for row in said["holders"]}
        for holder, size in told.items():
            self.same(f"{where}, held by {holder}", "bytes", size, right.get(holder))
        most = sorted(right.values(), reverse=True)
        self.same(where, "most held", list(told.values()), most[: len(told)])
        self.same(where, "more holders", said["moreHolders"], len(told) < len(right))

    def piece(self, path, where, piece):
        where = f"{where}, piece {piece['start']}-{piece['end']}"
        chunks = [row[2] for row in self.right.placed_chunks(path) if row[0] < piece["end"] and row[1] > piece["start"]]
        store = self.to.oracle.store
        told = [(piece["xorb"], index) for index in range(piece["chunkStart"], piece["chunkEnd"])]
        self.same(where, "chunks", told, [(store.xorb_hash(xorb), index) for xorb, index in chunks])
        self.same(where, "stored", piece["stored"], sum(store.chunk(chunk).stored for chunk in chunks))
        classes = {self.right.share_class(path, chunk) for chunk in chunks}
        self.same(where, "class", {piece["class"]}, classes)
        holders = frozenset.intersection(*(frozenset(self.right.holders(path, chunk)) for chunk in chunks))
        self.same(where, "holders", piece["holders"], len(holders))


def expect_right_figures(reader, data_dir, least=2_000):
    """Everything that the reader can ask for, when the figures have come to rest; no fewer than `least` of them."""
    oracle = Oracle(data_dir, reader.name)
    for name in oracle.names:
        reader.settled(name)
    done = Comparison(reader, oracle).all()
    oracle.close()
    assert done.count >= least
    shown = "\n".join(done.wrong[:60])
    assert not done.wrong, f"{len(done.wrong)} of {done.count} figures are wrong:\n{shown}"
