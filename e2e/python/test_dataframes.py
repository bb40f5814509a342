"""pandas, Polars, Dask and pyarrow read and write hf://buckets/... on their own."""

import dask.dataframe as dd
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

ROWS = 200_000


@pytest.fixture
def frame():
    return pd.DataFrame(
        {
            "step": range(ROWS),
            "loss": [((n * 7919) % 10_007) / 10_007 for n in range(ROWS)],
            "split": pd.Series(["train", "test", "日本語"] * (ROWS // 3 + 1))[:ROWS],
        }
    )


@pytest.fixture
def folder(bucket):
    return f"hf://buckets/{bucket}/frames"


@pytest.fixture
def fs():
    from huggingface_hub import HfFileSystem

    return HfFileSystem()


def test_pandas_parquet(frame, folder):
    frame.to_parquet(f"{folder}/a.parquet")
    pd.testing.assert_frame_equal(pd.read_parquet(f"{folder}/a.parquet"), frame)
    some = pd.read_parquet(f"{folder}/a.parquet", columns=["loss"], filters=[("step", "<", 10)])
    assert list(some["loss"]) == list(frame["loss"][:10])


def test_pandas_csv_and_json(frame, folder):
    frame.to_csv(f"{folder}/a.csv", index=False)
    pd.testing.assert_frame_equal(pd.read_csv(f"{folder}/a.csv"), frame, check_dtype=False)
    frame[:1000].to_json(f"{folder}/a.jsonl", orient="records", lines=True)
    pd.testing.assert_frame_equal(pd.read_json(f"{folder}/a.jsonl", lines=True), frame[:1000], check_dtype=False)
    frame[:1000].to_csv(f"{folder}/a.csv.gz", index=False)
    pd.testing.assert_frame_equal(pd.read_csv(f"{folder}/a.csv.gz"), frame[:1000], check_dtype=False)


def test_polars(frame, folder, fs):
    """Through HfFileSystem: the address https://huggingface.co is built into Polars' own reader of hf://."""
    ours = pl.from_pandas(frame)
    with fs.open(f"{folder}/p.parquet", "wb") as file:
        ours.write_parquet(file)
    with fs.open(f"{folder}/p.parquet", "rb") as file:
        assert pl.read_parquet(file).equals(ours)
    with fs.open(f"{folder}/p.csv", "wb") as file:
        ours[:500].write_csv(file)
    with fs.open(f"{folder}/p.csv", "rb") as file:
        assert pl.read_csv(file).equals(ours[:500])


def test_polars_scans_lazily(frame, folder, fs, bucket):
    import pyarrow.dataset

    for number in range(3):
        with fs.open(f"{folder}/part-{number}.parquet", "wb") as file:
            pl.from_pandas(frame[number * 1_000 : (number + 1) * 1_000]).write_parquet(file)
    lazy = pl.scan_pyarrow_dataset(pyarrow.dataset.dataset(f"buckets/{bucket}/frames", filesystem=fs, format="parquet"))
    assert lazy.filter(pl.col("step") >= 2_990).select("step").collect()["step"].to_list() == list(range(2_990, 3_000))


def test_dask(frame, folder, fs):
    parts = dd.from_pandas(frame, npartitions=4)
    parts.to_parquet(f"{folder}/dask")
    assert len(fs.glob(f"{folder}/dask/*.parquet")) == 4
    back = dd.read_parquet(f"{folder}/dask").compute()
    assert back["step"].sum() == frame["step"].sum()
    assert list(back.sort_values("step")["loss"]) == list(frame["loss"])
    parts.to_csv(f"{folder}/dask-csv/part-*.csv", index=False)
    assert len(dd.read_csv(f"{folder}/dask-csv/*.csv")) == ROWS


def test_pyarrow_partitions(frame, folder, fs, bucket):
    import pyarrow.parquet as pq

    table = pa.Table.from_pandas(frame[:3_000])
    pq.write_to_dataset(table, f"buckets/{bucket}/frames/split", partition_cols=["split"], filesystem=fs)
    back = pq.read_table(f"buckets/{bucket}/frames/split", filesystem=fs, filters=[("split", "=", "test")])
    assert sorted(back["step"].to_pylist()) == list(range(1, 3_000, 3))
