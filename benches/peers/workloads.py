"""The workloads: an input, and the columns of what is found with the type in which they are compared.

The queries are in `workloads/NAME/`, one file for each engine that can say them.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Callable

import inputs

FOLDER = Path(__file__).parent / "workloads"


@dataclass(frozen=True)
class Input:
    """A file of events."""

    name: str
    header: str
    rows: Callable  # of the number of rows and the folder of installed packages
    count: int | None  # None: the file has as many as it has


@dataclass(frozen=True)
class Workload:
    """A query over an input. `columns` are name and type: `int`, `float`, `text`, or `time` (milliseconds, or ISO 8601 in UTC)."""

    name: str
    title: str
    input: Input
    columns: tuple


def columns(text):
    """Of `name:type` words."""
    return tuple(tuple(word.split(":")) for word in text.split())


KEYED = Input("keyed", inputs.KEYED_HEADER, lambda rows, _: inputs.keyed(rows, 1_000, 4), 1_000_000)
CHAIN = Input("chain", inputs.KEYED_HEADER, lambda rows, _: inputs.keyed(rows, 1_000, 6), 500_000)
TICKS = Input("ticks", inputs.TICKS_HEADER, lambda rows, _: inputs.ticks(rows, 100), 1_000_000)
SPREAD = Input("spread", inputs.KEYED_HEADER, lambda rows, _: inputs.spread(rows, 1_000, 100), 5_000_000)
# Where half of the rows are found, reading them back in Python takes longer than all engines.
FEWER = Input("spread", inputs.KEYED_HEADER, lambda rows, _: inputs.spread(rows, 1_000, 100), 2_000_000)
FLIGHTS = Input("flights", inputs.FLIGHTS_HEADER, lambda _, packages: inputs.flights(packages), None)

LOW = columns("key:int value:float at:time")
ALL = [
    Workload("filter_1", "filter, 1 % selected", SPREAD, LOW),
    Workload("filter_50", "filter, 50 % selected", FEWER, LOW),
    Workload("keyed", "keyed `A -> B within 10s`, 1,000 keys", KEYED, columns("key:int before:float value:float start:time at:time")),
    Workload("chain", "keyed `A -> B -> C within 30s`, 1,000 keys", CHAIN,
             columns("key:int first:float second:float third:float start:time middle:time at:time")),
    Workload("vshape", "`A => B+ => C` (V-shape), 100 symbols", TICKS,
             columns("symbol:text top:float bottom:float rise:float falls:int start:time at:time")),
    Workload("tumbling", "tumbling, five aggregates by 1,000 keys", SPREAD,
             columns("hour:time key:int n:int total:float mean:float low:float high:float")),
    Workload("flights_recovered", "flights: `A -> B within 6h` by aircraft", FLIGHTS,
             columns("tailnum:text arr_delay:int origin:text dep_delay:int start:time at:time")),
    Workload("flights_hourly", "flights: tumbling by airport and carrier", FLIGHTS,
             columns("hour:time origin:text carrier:text departures:int mean:float worst:int")),
]
