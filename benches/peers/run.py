#!/usr/bin/env python3
"""Portent beside Flink, DuckDB and Polars: the same question over the same file, the same rows found, and what it took.

    cargo build --release -p portent-cli
    python3 benches/peers/run.py [--only WORKLOAD] [--engines portent,flink,…] [--rounds N] [--events N] [--csv FILE]

The peers are installed from PyPI into `--work` (by default `target/peers`; about 1 GB), and the input files are made there.
README.md says how each engine is configured and what the columns are. Exits with 1 if two engines find different rows, or one fails.
"""

import argparse
import csv
import os
import platform
import sys
from datetime import date
from pathlib import Path

import engines
import inputs
import measure
import rows
import workloads

ROOT = Path(__file__).resolve().parents[2]
SLOW_S = 10  # what takes longer than this runs once


def main():
    options = arguments()
    site = engines.Site(options.portent.resolve(), options.work.resolve(), options.heap)
    if not site.portent.exists():
        sys.exit(f"{site.portent} is not there: cargo build --release -p portent-cli")
    site.work.mkdir(parents=True, exist_ok=True)
    engines.install(site.work)
    print(f"{date.today()}, {machine()}\n{', '.join(engines.versions(site))}\n", flush=True)
    lines, differ = [], False
    for workload in workloads.ALL:
        if options.only and workload.name not in options.only:
            continue
        try:
            source, events = prepared(site, workload, options.events)
        except (OSError, StopIteration) as error:
            print(f"{workload.name}: no input: {error}", file=sys.stderr)
            continue
        measured, equal = side_by_side(site, workload, source, options)
        differ |= not equal
        lines += table(workload, measured, events, source.stat().st_size / 1e6)
    if options.csv:
        save(options.csv, lines)
    sys.exit(1 if differ else 0)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--portent", type=Path, default=ROOT / "target" / "release" / "portent", help="the command")
    parser.add_argument("--work", type=Path, default=ROOT / "target" / "peers", help="where peers and data go")
    parser.add_argument("--only", action="append", choices=[workload.name for workload in workloads.ALL])
    parser.add_argument("--engines", default="portent,flink,duckdb,polars", help="Portent is always one of them")
    parser.add_argument("--rounds", type=int, default=3, help=f"the best counts; what takes over {SLOW_S} s runs once")
    parser.add_argument("--events", type=int, help="of generated inputs, instead of each workload's own number")
    parser.add_argument("--heap", default="1g", help="the most that Flink's Java may have as heap")
    parser.add_argument("--one-processor", action="store_true", help="bind every process and its threads to one processor")
    parser.add_argument("--csv", type=Path, help="add the results to this file")
    return parser.parse_args()


def prepared(site, workload, events):
    """The input's file, and how many rows it has."""
    source = workload.input
    count = source.count and (events or source.count)
    path = site.work / (f"{source.name}-{count}.csv" if count else f"{source.name}.csv")
    if not path.with_suffix(".count").exists():
        print(f"writing {path}", file=sys.stderr, flush=True)
    return path, inputs.prepare(path, source.header, lambda: source.rows(count, site.packages))


def side_by_side(site, workload, source, options):
    """The costs of each engine (start-up, whole, rows), and whether all found the same."""
    names = ["portent", *(name for name in options.engines.split(",") if name != "portent")]
    names = [name for name in names if engines.can(name, workload)]
    starts, wholes, counts, wanted, equal = {}, {}, {}, None, True
    for turn in range(options.rounds):
        for name in names:
            if turn > 0 and (name not in wholes or wholes[name].wall_s > SLOW_S):
                continue
            try:
                start = once(site, name, workload, source.with_suffix(".tiny.csv"), options)
                whole = once(site, name, workload, source, options)
            except (engines.Missing, measure.Failed) as why:
                print(f"{workload.name}: {name} is left out: {why}", file=sys.stderr)
                equal &= isinstance(why, engines.Missing)
                continue
            starts[name], wholes[name] = best(starts.get(name), start), best(wholes.get(name), whole)
            if turn == 0:
                found = rows.read(engines.files(output(site, name)), workload.columns, name != "flink")
                wanted = found if wanted is None else wanted
                counts[name] = len(found)
                if why := rows.difference(wanted, found):
                    print(f"{workload.name}: {name} differs from {names[0]}: {why}", file=sys.stderr)
                    equal = False
    return {name: (starts[name], wholes[name], counts[name]) for name in wholes}, equal


def output(site, name):
    return site.work / f"found-{name}.csv"


def once(site, name, workload, source, options):
    engines.clear(output(site, name))
    command, environment = engines.command(site, name, workload, source, output(site, name))
    return measure.run(command, environment, one_processor=options.one_processor)


def best(one, other):
    return other if one is None or other.wall_s < one.wall_s else one


COLUMNS = ["engine", "seconds", "start-up", "CPU seconds", "M events/s", "MB/s", "Portent is faster", "without start-up",
           "peak MB", "memory", "matches"]


def table(workload, measured, events, megabytes):
    """Prints a workload's table, and gives its lines with the workload before them."""
    print(f"{workload.title}: {events:,} events, {megabytes:.1f} MB\n")
    print("| " + " | ".join(COLUMNS) + " |\n" + "| --- " * len(COLUMNS) + "|")
    lines = []
    base_start, base, _ = measured.get("portent", next(iter(measured.values()), (None, None, None)))
    for name, (start, whole, count) in measured.items():
        running, base_running = running_s(start, whole), running_s(base_start, base)
        cells = [
            engines.PEERS.get(name, "Portent"), f"{whole.wall_s:.3f}", f"{start.wall_s:.3f}", f"{whole.cpu_s:.2f}",
            ratio(events / 1e6, running), ratio(megabytes, running), ratio(whole.wall_s, base.wall_s),
            ratio(running, base_running), f"{whole.peak_mb:.0f}", ratio(whole.peak_mb, base.peak_mb), str(count),
        ]
        print("| " + " | ".join(cells) + " |")
        lines.append([str(date.today()), machine(), workload.name, str(events), *cells])
    print(flush=True)
    return lines


def running_s(start, whole):
    """What is left without start-up, or None where that is too little to be told from noise."""
    rest = whole.wall_s - start.wall_s
    return rest if rest > max(0.01, 0.2 * start.wall_s) else None


def ratio(one, other):
    """With three digits."""
    if None in (one, other):
        return "-"
    value = one / other
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}"


def machine():
    """The processor, how many of them, and the system."""
    with open("/proc/cpuinfo") as file:
        model = next((line.split(":")[1].strip() for line in file if line.startswith("model name")), platform.machine())
    return f"{model} x {len(os.sched_getaffinity(0))}, {platform.system()} {platform.release()}"


def save(path, lines):
    new = not path.exists()
    with open(path, "a", newline="") as file:
        writer = csv.writer(file)
        if new:
            writer.writerow(["date", "machine", "workload", "events", *COLUMNS])
        writer.writerows(lines)


if __name__ == "__main__":
    main()
