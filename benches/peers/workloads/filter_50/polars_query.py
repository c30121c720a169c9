"""Polars: see ../../README.md."""

import sys

import polars as pl

events = pl.scan_csv(sys.argv[1], schema={"key": pl.Int64, "kind": pl.Int64, "value": pl.Float64, "at": pl.Int64})
low = events.filter(pl.col("value") < 500.0).select("key", "value", "at")
low.sink_csv(sys.argv[2], engine="streaming")
