"""Runs a SQL file in DuckDB on one thread: `duckdb_job.py QUERY INPUT OUTPUT`."""

import sys

import duckdb

query, source, output = sys.argv[1:]
# As DuckDB's guide advises for data that is read once: the order of rows does not have to be kept.
duckdb.execute("SET threads = 1; SET preserve_insertion_order = false; SET enable_progress_bar = false")
with open(query) as file:
    duckdb.execute(file.read().replace("{input}", source).replace("{output}", output))
