"""What every figure of deduplication must be: each file expanded into a plain set of chunks, each figure by its definition.

    python dedup_oracle.py DATA_DIR [--reader NAME] [--bucket NAMESPACE/NAME]

prints them as JSON. Slow on purpose: nothing is incremental, nothing is shared between two figures but the sets.
"""

import argparse
import json
import re
from functools import cached_property

from dedup_store import RawStore, hex_of

CHECKPOINT = re.compile(r"(?:checkpoint|ckpt|step|global_step|epoch)[-_]?(\d{1,12})", re.IGNORECASE)
FEW_MAX = 3
NEAR_SHARE = 0.5


def union(files):
    return frozenset().union(*(file.chunks for file in files))


class Oracle:
    """One reader's view of one snapshot of a store."""

    def __init__(self, data_dir, reader):
        self.store = RawStore(data_dir)
        self.reader = reader
        self.own = self.store.own_buckets(reader)
        self.visible = {number: self.store.files(number) for number in self.store.visible_buckets(reader)}
        self.everything = [file for files in self.visible.values() for file in files]

    def close(self):
        self.store.close()

    # Weights of sets of chunks

    def unpacked(self, chunks):
        return sum(self.store.chunk(chunk).unpacked for chunk in chunks)

    def stored(self, chunks):
        return sum(self.store.chunk(chunk).stored for chunk in chunks)

    def figures(self, scope):
        """Of a list of files."""
        inside = union(scope)
        keys = {file.key for file in scope}
        alone = inside - union(file for file in self.everything if file.key not in keys)
        return {
            "files": len(scope),
            "logical": sum(file.size for file in scope),
            "unique": self.unpacked(inside),
            "exclusive": self.unpacked(alone),
            "stored": self.stored(inside),
            "freed": self.stored(alone),
        }

    def bucket(self, name):
        return BucketOracle(self, self.store.bucket_id(name))

    @property
    def names(self):
        return sorted(self.store.buckets[number] for number in self.visible)

    def whole_store(self, namespace=None):
        """All buckets that the reader sees and belongs to, or sees in the namespace."""
        numbers = [
            number
            for number in self.visible
            if (number in self.own if namespace is None else self.store.buckets[number].split("/")[0] == namespace)
        ]
        spaces = {}
        for number in numbers:
            spaces.setdefault(self.store.buckets[number].split("/")[0], []).extend(self.visible[number])
        return {
            "figures": self.figures([file for number in numbers for file in self.visible[number]]),
            "namespaces": {name: self.figures(files) for name, files in spaces.items()},
            "buckets": {self.store.buckets[number]: self.figures(self.visible[number]) for number in numbers},
        }


class BucketOracle:
    def __init__(self, oracle, number):
        self.oracle = oracle
        self.number = number
        self.files = oracle.visible[number]
        self.by_path = {file.path: file for file in self.files}
        self._figures = {}
        self.others = {
            oracle.store.buckets[other]: union(files) for other, files in oracle.visible.items() if other != number
        }

    @cached_property
    def folders(self):
        """Every folder's path, "" for the root."""
        found = {""}
        for file in self.files:
            parts = file.path.split("/")[:-1]
            found.update("/".join(parts[: depth + 1]) for depth in range(len(parts)))
        return sorted(found)

    def below(self, folder):
        return [file for file in self.files if folder == "" or file.path.startswith(f"{folder}/")]

    def of(self, path):
        """Files of a scope: a file, or a folder."""
        return [self.by_path[path]] if path in self.by_path else self.below(path)

    def selection(self, paths):
        return list({file.path: file for path in paths for file in self.of(path)}.values())

    def figures(self, paths):
        """Of what is selected together."""
        key = tuple(paths)
        if key not in self._figures:
            self._figures[key] = self.oracle.figures(self.selection(paths))
        return self._figures[key]

    def shared_with(self):
        mine = union(self.files)
        shared = {name: self.oracle.unpacked(mine & theirs) for name, theirs in self.others.items()}
        return {name: size for name, size in shared.items() if size > 0}

    def waiting(self):
        """What only deleted files of the bucket hold, of all that the reader sees: bytes on disk, and the files."""
        gone = self.oracle.store.deleted_files(self.number)
        chunks = frozenset().union(*(chunks for chunks, _ in gone)) - union(self.oracle.everything)
        held = [(own & chunks, since) for own, since in gone if own & chunks]
        return {
            "bytes": sum(self.oracle.store.stored_or_dropped(chunk) for chunk in chunks),
            "files": len(held),
            "since": min((since for _, since in held), default=None),
        }

    def matrix(self, paths):
        sets = [union(self.of(path)) for path in paths]
        return {
            "overlap": [[self.oracle.unpacked(one & other) for other in sets] for one in sets],
            "common": self.oracle.unpacked(frozenset.intersection(*sets)) if sets else 0,
            "union": self.oracle.unpacked(frozenset().union(*sets)),
        }

    def runs(self):
        """By the folder they stand in: [(step, path)] of the checkpoints."""
        found = {}
        for folder in self.folders:
            run, _, name = folder.rpartition("/")
            match = CHECKPOINT.fullmatch(name)
            if match:
                found.setdefault(run, []).append((int(match[1]), folder))
        return {run: sorted(checkpoints) for run, checkpoints in found.items()}

    @cached_property
    def _arrivals(self):
        """By chunk: the file that brought it, of those there are now."""
        first = {}
        for file in sorted(self.files, key=lambda file: (file.uploaded_at, file.path.encode())):
            for chunk in file.chunks:
                first.setdefault(chunk, file.path)
        return first

    def new_bytes(self, folder):
        paths = {file.path for file in self.below(folder)}
        return self.oracle.unpacked(chunk for chunk, path in self._arrivals.items() if path in paths)

    def duplicates(self):
        """By hash: all paths of content that has more than one."""
        groups = {}
        for file in self.files:
            if file.size > 0:
                groups.setdefault(file.hash, []).append(file.path)
        return {hex_of(digest): paths for digest, paths in groups.items() if len(paths) > 1}

    def near_duplicates(self):
        """By pair of hashes: bytes in both, and their share of the smaller one's unique bytes."""
        contents = {file.hash: file.chunks for file in self.files if file.chunks}
        weights = {digest: self.oracle.unpacked(chunks) for digest, chunks in contents.items()}
        digests = sorted(contents)
        found = {}
        for at, one in enumerate(digests):
            for other in digests[at + 1 :]:
                shared = self.oracle.unpacked(contents[one] & contents[other])
                least = min(weights[one], weights[other])
                if shared > 0 and shared >= NEAR_SHARE * least:
                    found[frozenset((hex_of(one), hex_of(other)))] = (shared, shared / least)
        return found

    def placed_chunks(self, path):
        """[(start, end, chunk)] of a file in its logical bytes."""
        at = 0
        placed = []
        for chunk in self.by_path[path].sequence:
            length = self.oracle.store.chunk(chunk).unpacked
            placed.append((at, at + length, chunk))
            at += length
        return placed

    @cached_property
    def _holders(self):
        """By chunk: the visible files that hold it, as (bucket, path)."""
        holders = {}
        for file in self.oracle.everything:
            for chunk in file.chunks:
                holders.setdefault(chunk, set()).add(file.key)
        return holders

    def holders(self, path, chunk):
        """The other files that hold a chunk of the file."""
        return self._holders[chunk] - {(self.number, path)}

    def share_class(self, path, chunk):
        others = len(self.holders(path, chunk))
        return "own" if others == 0 else "few" if others <= FEW_MAX else "wide"

    def classes(self, path, start, end):
        """Logical bytes of a range by how widely they are held; chunks and xorbs that it touches."""
        sums = {"own": 0, "few": 0, "wide": 0}
        touched = []
        for from_, to, chunk in self.placed_chunks(path):
            size = min(to, end) - max(from_, start)
            if size > 0:
                sums[self.share_class(path, chunk)] += size
                touched.append(chunk)
        return {**sums, "chunks": len(touched), "xorbs": len({xorb for xorb, _ in touched})}

    def range_holders(self, path, start, end):
        """By (bucket, path): bytes of the range that another file holds too."""
        sums = {}
        for from_, to, chunk in self.placed_chunks(path):
            size = min(to, end) - max(from_, start)
            if size > 0:
                for bucket, other in self.holders(path, chunk):
                    key = (self.oracle.store.buckets[bucket], other)
                    sums[key] = sums.get(key, 0) + size
        return sums


def report(oracle, name):
    bucket = oracle.bucket(name)
    runs = bucket.runs()
    return {
        "figures": {path: bucket.figures([path]) for path in [*bucket.folders, *bucket.by_path]},
        "sharedWith": bucket.shared_with(),
        "waiting": bucket.waiting(),
        "runs": {
            run: {
                "checkpoints": {path: bucket.new_bytes(path) for _, path in checkpoints},
                **bucket.matrix([path for _, path in checkpoints]),
            }
            for run, checkpoints in runs.items()
        },
        "duplicates": bucket.duplicates(),
        "near": [
            {"hashes": sorted(pair), "shared": shared, "share": share}
            for pair, (shared, share) in bucket.near_duplicates().items()
        ],
        "classes": {path: bucket.classes(path, 0, file.size) for path, file in bucket.by_path.items()},
    }


def main():
    parser = argparse.ArgumentParser(description="Figures of deduplication, from the bytes on disk.")
    parser.add_argument("data_dir")
    parser.add_argument("--reader", help="account that asks; absent: nobody signed in")
    parser.add_argument("--bucket", help="NAMESPACE/NAME; absent: every bucket that the reader sees")
    options = parser.parse_args()
    oracle = Oracle(options.data_dir, options.reader)
    names = [options.bucket] if options.bucket else oracle.names
    answer = {"store": oracle.whole_store(), "buckets": {name: report(oracle, name) for name in names}}
    print(json.dumps(answer, indent=1))


if __name__ == "__main__":
    main()
