"""Polars: see ../../README.md. `time_hour` is a whole hour, and minutes are less than 60."""

import sys

import polars as pl

numbers = "year month day dep_time sched_dep_time dep_delay arr_time sched_arr_time arr_delay flight air_time distance hour minute"
flights = pl.scan_csv(
    sys.argv[1],
    null_values="NA",
    infer_schema=False,
    schema_overrides=dict.fromkeys(numbers.split(), pl.Int64),
)
delay = pl.col("dep_delay")
hourly = (
    flights.filter(pl.col("dep_time").is_not_null())
    .group_by(pl.col("time_hour").alias("hour"), "origin", "carrier")
    .agg(pl.len().alias("departures"), delay.mean().alias("mean"), delay.max().alias("worst"))
)
hourly.sink_csv(sys.argv[2], engine="streaming")
