"""Polars: see ../../README.md."""

import sys

import polars as pl

events = pl.scan_csv(sys.argv[1], schema={"key": pl.Int64, "kind": pl.Int64, "value": pl.Float64, "at": pl.Int64})
value = pl.col("value")
hourly = events.group_by((pl.col("at") // 3_600_000 * 3_600_000).alias("hour"), "key").agg(
    pl.len().alias("n"),
    value.sum().alias("total"),
    value.mean().alias("mean"),
    value.min().alias("low"),
    value.max().alias("high"),
)
hourly.sink_csv(sys.argv[2], engine="streaming")
