#!/usr/bin/env python3
"""Wall time of one tumbling query over one CSV file: Portent, DuckDB and Polars (`pip install duckdb polars`).

    cargo build --release -p portent-cli
    python3 benches/checks/side_by_side.py target/release/portent [ROWS]

The file is made here: events a tenth of a second apart, of 1,000 keys. The query is count, sum, mean, least and greatest
value by key and hour. Each engine reads the file and writes its rows as CSV, on one processor; what is timed is a process
from start to end (that Python loads its libraries included), and the best of some rounds counts. The number of rows and the
total of the sums have to be the same.
"""

import csv
import os
import random
import subprocess
import sys
import tempfile
import time

ROUNDS = 3
RULES = """
event E { at: timestamp(ms), key: i64, v: f64 } time at
query Q
    from   E
    window tumbling 1h
    group  by key
    emit   { key, n: count(), total: sum(v), mean: avg(v), low: min(v), high: max(v) }
"""
DUCKDB = """
import duckdb, sys
duckdb.execute("set threads = 1; set enable_progress_bar = false")
duckdb.execute(f'''copy (
    select "at" // 3600000 as hour, key, count(*) as n, sum(v) as total, avg(v) as mean, min(v) as low, max(v) as high
    from read_csv('{sys.argv[1]}') group by all order by hour
) to '{sys.argv[2]}' (header)''')
"""
POLARS = """
import polars as pl, sys
v = pl.col("v")
pl.scan_csv(sys.argv[1]).group_by(pl.col("at") // 3600000, "key").agg(
    pl.len().alias("n"), v.sum().alias("total"), v.mean().alias("mean"), v.min().alias("low"), v.max().alias("high")
).sort("at").collect(engine="streaming").write_csv(sys.argv[2])
"""


def write(path, rows):
    numbers = random.Random(1)
    with open(path, "w") as file:
        file.write("at,key,v\n")
        for row in range(rows):
            file.write(f"{row * 100},{numbers.randrange(1000)},{numbers.random() * 1000:.4f}\n")


def total(path):
    with open(path, newline="") as file:
        rows = list(csv.DictReader(file))
    return len(rows), sum(float(row["total"]) for row in rows)


def on_one_processor():
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})


def main():
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    rows = int(sys.argv[2]) if len(sys.argv) == 3 else 5_000_000
    environment = {**os.environ, "POLARS_MAX_THREADS": "1"}
    with tempfile.TemporaryDirectory() as folder:
        data, rules, out = (os.path.join(folder, name) for name in ("data.csv", "rules.ptn", "out.csv"))
        write(data, rows)
        with open(rules, "w") as file:
            file.write(RULES)
        engines = {
            "Portent": [sys.argv[1], "run", rules, "--input", data, "--quiet", "--output", out],
            "DuckDB": [sys.executable, "-c", DUCKDB, data, out],
            "Polars": [sys.executable, "-c", POLARS, data, out],
        }
        size = os.path.getsize(data)
        print(f"{rows} rows, {size / 1e6:.0f} MB\n\n{'':<10} {'seconds':>8} {'MB/s':>8} {'rows':>10}")
        found = {}
        for name, command in engines.items():
            best = float("inf")
            for _ in range(ROUNDS):
                start = time.perf_counter()
                subprocess.run(command, check=True, env=environment, preexec_fn=on_one_processor)
                best = min(best, time.perf_counter() - start)
            found[name] = total(out)
            print(f"{name:<10} {best:>8.2f} {size / best / 1e6:>8.0f} {found[name][0]:>10}")
        wanted = found["DuckDB"]
        for name, (count, sums) in found.items():
            if count != wanted[0] or abs(sums - wanted[1]) > 1e-9 * abs(wanted[1]):
                sys.exit(f"{name} differs: {count} rows, {sums}, not {wanted}")


if __name__ == "__main__":
    main()
