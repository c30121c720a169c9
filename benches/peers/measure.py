"""A process from start to end: wall time, processor time, peak memory, those of its descendants included."""

import os
import resource
import signal
import subprocess
import tempfile
import threading
import time
from dataclasses import dataclass

POLL_S = 0.003
TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Cost:
    """What a run took."""

    wall_s: float
    cpu_s: float
    peak_mb: float  # of the largest process: that is the engine, for what starts it is small


class Failed(Exception):
    """The command did not end with 0, or not in time."""


class Watch(threading.Thread):
    """Notes the peak memory and the processor time of a process and its descendants, while they are there to be looked at."""

    def __init__(self, root):
        super().__init__(daemon=True)
        self.root, self.over = root, threading.Event()
        self.peak_kb, self.ticks = {}, {}

    def run(self):
        while not self.over.wait(POLL_S):
            self.look(self.root)

    def look(self, pid):
        """One process, then its children."""
        try:
            with open(f"/proc/{pid}/status") as file:
                peak = [line.split()[1] for line in file if line.startswith("VmHWM")]
            if peak:
                self.peak_kb[pid] = int(peak[0])
            with open(f"/proc/{pid}/stat") as file:
                fields = file.read().rsplit(")", 1)[1].split()
            self.ticks[pid] = int(fields[11]) + int(fields[12])
            for task in os.listdir(f"/proc/{pid}/task"):
                with open(f"/proc/{pid}/task/{task}/children") as file:
                    children = file.read().split()
                for child in children:
                    self.look(int(child))
        except (FileNotFoundError, ProcessLookupError):
            pass  # it has ended meanwhile

    def descendants(self):
        return [pid for pid in self.ticks if pid != self.root]


def run(command, environment=None, timeout_s=600, one_processor=False):
    """Runs a command, quietly unless it fails, and gives its `Cost`."""
    pin = (lambda: os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})) if one_processor else None
    with tempfile.TemporaryFile() as said:
        start = time.perf_counter()
        process = subprocess.Popen(
            command, env={**os.environ, **(environment or {})}, stdin=subprocess.DEVNULL, stdout=said, stderr=said,
            preexec_fn=pin,
        )
        watch = Watch(process.pid)
        watch.start()
        late = threading.Timer(timeout_s, process.kill)
        late.start()
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - start
        late.cancel()
        said.seek(0)
        text = said.read().decode(errors="replace")
    watch.over.set()
    watch.join()
    process.returncode = os.waitstatus_to_exitcode(status)
    for pid in watch.descendants():
        end(pid)
    if process.returncode != 0:
        raise Failed(f"{' '.join(map(str, command))} ended with {process.returncode}:\n{shortened(text)}")
    # A process begins with the peak of the one that started it, so what wait4 says counts only above this script's own.
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    peak = max([usage.ru_maxrss if usage.ru_maxrss > own else 0, *watch.peak_kb.values()])
    # Flink's Java is not waited for by what started it: what it had used when it was last seen is added.
    others = sum(ticks for pid, ticks in watch.ticks.items() if pid != process.pid) / TICKS_A_SECOND
    return Cost(wall, usage.ru_utime + usage.ru_stime + others, peak / 1000)


def shortened(text):
    """What was said, without the frames of Java's stacks."""
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith(("\tat ", "\t... "))]
    return "\n".join(line[:500] for line in lines[-30:])


def end(pid):
    """Waits for a process that was left behind, so that it does not run beside the next one; after a while ends it."""
    for _ in range(200):
        if not os.path.exists(f"/proc/{pid}"):
            return
        time.sleep(0.05)
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
