"""A server's DATA_DIR as it lies on disk: rows of the SQLite file, and the chunks of each xorb as its own bytes tell them.

Standard library only, no code in common with the server. Lengths come from the chunk headers in the blobs, never from the tables that the
server computes with; those tables are looked at for one thing, which chunks garbage collection has dropped from a blob.
"""

import sqlite3
import struct
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from urllib.parse import quote

CHUNK_HEADER = 8
FOOTER = b"XETBLOB"
NO_CONTENT = bytes(32)
#: The namespace that deleted buckets are moved to before their rows go.
DETACHED = "~"


def hex_of(raw):
    """A hash as people see it: each eight bytes are one little-endian number."""
    return "".join(f"{word:016x}" for word in struct.unpack("<4Q", raw))


@dataclass(frozen=True)
class Chunk:
    unpacked: int
    #: With its header.
    stored: int


def walk_xorb(path):
    """The chunks of a serialized xorb, from the header in front of each."""
    chunks = []
    size = path.stat().st_size
    with path.open("rb") as file:
        at = 0
        while at < size:
            header = file.read(CHUNK_HEADER)
            if header.startswith(FOOTER):
                break
            assert len(header) == CHUNK_HEADER and header[0] == 0, f"{path}: no chunk header at {at}"
            packed = int.from_bytes(header[1:4], "little")
            chunks.append(Chunk(int.from_bytes(header[5:8], "little"), CHUNK_HEADER + packed))
            at += CHUNK_HEADER + packed
            assert at <= size, f"{path}: its last chunk is cut off"
            file.seek(at)
    return chunks


@dataclass(frozen=True)
class File:
    """An entry of a bucket, with the chunks of its content one after another: (xorb, index) pairs."""

    bucket: int
    path: str
    size: int
    uploaded_at: int
    hash: bytes
    sequence: tuple
    terms: int

    @cached_property
    def chunks(self):
        return frozenset(self.sequence)

    @property
    def key(self):
        return (self.bucket, self.path)


class RawStore:
    def __init__(self, data_dir):
        self.dir = Path(data_dir)
        self.db = sqlite3.connect(f"file:{quote(str(self.dir / 'cooperage.db'))}?mode=ro", uri=True)
        self.db.execute("pragma busy_timeout = 10000")
        #: One snapshot for all that is asked.
        self.db.execute("begin")
        self.db.execute("select 1 from entries limit 1").fetchall()
        self.xorbs_read = {}
        self._contents = {}

    def close(self):
        self.db.close()

    def rows(self, sql, *parameters):
        return self.db.execute(sql, parameters).fetchall()

    def columns(self, table):
        return {row[1] for row in self.rows(f"pragma table_info({table})")}

    # Buckets and who sees them

    @cached_property
    def buckets(self):
        """By id: its name with the namespace."""
        found = self.rows(
            "select buckets.id, namespaces.name || '/' || buckets.name from buckets"
            " join namespaces on namespaces.id = buckets.namespace_id where namespaces.name <> ?",
            DETACHED,
        )
        return dict(found)

    def bucket_id(self, name):
        (found,) = [number for number, known in self.buckets.items() if known == name]
        return found

    def own_buckets(self, reader):
        """Buckets of the reader's namespace and of the organizations it is a member of; None: nobody signed in."""
        if reader is None:
            return set()
        found = self.rows(
            "select buckets.id from buckets, namespaces as me where me.name = ? and (buckets.namespace_id = me.id"
            " or buckets.namespace_id in (select org_id from members where user_id = me.id))",
            reader,
        )
        return {number for (number,) in found} & self.buckets.keys()

    def visible_buckets(self, reader):
        public = {number for (number,) in self.rows("select id from buckets where visibility = 'public'")}
        return (public & self.buckets.keys()) | self.own_buckets(reader)

    # Files

    def files(self, bucket):
        """In byte order of their paths."""
        rows = self.rows(
            "select path, size, uploaded_at, xet_hash from entries where bucket_id = ? and kind = 1", bucket
        )
        files = [self._file(bucket, *row) for row in rows]
        return sorted(files, key=lambda file: file.path.encode())

    def _file(self, bucket, path, size, uploaded_at, digest):
        sequence, terms = self._content(bucket, path, digest)
        held = sum(self.chunk(chunk).unpacked for chunk in sequence)
        assert held == size, f"{self.buckets[bucket]}/{path}: its chunks hold {held} bytes, its entry says {size}"
        return File(bucket, path, size, uploaded_at, digest, sequence, terms)

    def _content(self, bucket, path, digest):
        """A hash may be kept as several lists of terms; the bucket's own is the one that it counts as held."""
        if digest == NO_CONTENT:
            return (), 0
        if (bucket, digest) not in self._contents:
            held = self.rows(
                "select files.id, files.terms from files join file_buckets on file_buckets.file_id = files.id"
                " where files.hash = ? and file_buckets.bucket_id = ?",
                digest,
                bucket,
            )
            assert len(held) == 1, f"{self.buckets[bucket]}/{path}: {len(held)} contents are counted for {hex_of(digest)}"
            self._contents[bucket, digest] = expand(held[0][1])
        return self._contents[bucket, digest]

    def deleted_files(self, bucket):
        """What was sent to the bucket or deleted from it, is still kept, and is held by none of its entries: chunks, and since when."""
        left = "select file_id, left_at from dedup_left where bucket_id = ?1"
        if not self.columns("dedup_left"):
            left = "select 0, null where false"
        rows = self.rows(
            "select files.terms, coalesce(max(gone.left_at), files.created_at) from files join"
            f" (select file_id, null as left_at from file_proofs where bucket_id = ?1 union all {left}) as gone"
            " on gone.file_id = files.id where files.size > 0 and files.id not in"
            " (select file_id from file_buckets where bucket_id = ?1) group by files.id",
            bucket,
        )
        return [(frozenset(expand(terms)[0]), since) for terms, since in rows]

    # Xorbs

    def stored_or_dropped(self, chunk):
        """Bytes on disk; 0 for a chunk that garbage collection took already."""
        found = self.chunk(chunk)
        return 0 if found is None else found.stored

    def chunk(self, chunk):
        return self.xorb(chunk[0])[chunk[1]]

    def xorb(self, number):
        """Its chunks by index; None for one that garbage collection has dropped."""
        if number not in self.xorbs_read:
            self.xorbs_read[number] = self._read_xorb(number)
        return self.xorbs_read[number]

    def xorb_hash(self, number):
        ((digest,),) = self.rows("select hash from xorbs where id = ?", number)
        return hex_of(digest)

    def xorb_path(self, number):
        layout = 0
        if "layout" in self.columns("xorbs"):
            ((layout,),) = self.rows("select layout from xorbs where id = ?", number)
        name = self.xorb_hash(number)
        return self.dir / "blobs" / "xorbs" / name[:2] / (f"{name}-{layout}" if layout else name)

    def _read_xorb(self, number):
        ((packed,),) = self.rows("select offsets from xorb_tables where xorb_id = ?", number)
        ends = [end for end, _ in struct.iter_unpack("<II", packed)]
        kept = [end > before for before, end in zip([0, *ends], ends)]
        walked = walk_xorb(self.xorb_path(number))
        assert len(walked) == sum(kept), f"xorb {self.xorb_hash(number)}: {len(walked)} chunks, {sum(kept)} expected"
        following = iter(walked)
        return [next(following) if keep else None for keep in kept]


def expand(terms):
    """Packed terms -> ((xorb, chunk), ...) in file order, and how many terms."""
    sequence = []
    count = 0
    for xorb, start, end, _ in struct.iter_unpack("<IIII", terms):
        sequence.extend((xorb, index) for index in range(start, end))
        count += 1
    return tuple(sequence), count
