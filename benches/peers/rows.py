"""What the engines found, read back and compared: the same rows, in any order, doubles to 1e-9 of their size."""

import csv
from datetime import datetime, timezone

TOLERANCE = 1e-9


def milliseconds(text):
    """Of an integer or of ISO 8601, in UTC if it names no zone."""
    try:
        return int(text)
    except ValueError:
        moment = datetime.fromisoformat(text)
        return round((moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)).timestamp() * 1000)


READ = {"int": int, "float": float, "text": str, "time": milliseconds}


def read(files, columns, header):
    """All rows of some CSV files, sorted by what is exact in them. Without a header the columns come in their order."""
    kinds = [READ[kind] for _, kind in columns]
    places = range(len(columns))
    found = []
    for file in files:
        with open(file, newline="") as lines:
            rows = csv.reader(lines)
            if header:
                names = next(rows)
                places = [names.index(name) for name, _ in columns]
            found.extend(tuple(value(row[place]) for value, place in zip(kinds, places)) for row in rows)
    exact = [place for place, (_, kind) in enumerate(columns) if kind != "float"]
    found.sort(key=lambda row: (tuple(row[place] for place in exact), row))
    return found


def difference(wanted, found):
    """The first difference as a sentence, or None."""
    if len(wanted) != len(found):
        return f"{len(found)} rows, not {len(wanted)}"
    for one, other in zip(wanted, found):
        if one != other and not all(map(close, one, other)):
            return f"{other}, not {one}"
    return None


def close(one, other):
    if isinstance(one, float):
        return one == other or abs(one - other) <= TOLERANCE * max(abs(one), abs(other))
    return one == other
