"""Runs a SQL file in Flink, in this process's Java, in one slot: `flink_job.py QUERY INPUT OUTPUT`.

Statements end with `;` at the end of a line.
"""

import re
import sys

from pyflink.common import Configuration
from pyflink.table import EnvironmentSettings, TableEnvironment

# What Flink's documentation advises where throughput is all that counts. State is on the heap and checkpoints are off unless one asks
# for them.
SETTINGS = {
    "execution.runtime-mode": "streaming",
    "parallelism.default": "1",
    "pipeline.object-reuse": "true",
    "execution.buffer-timeout.enabled": "false",
    "table.exec.mini-batch.enabled": "true",
    "table.exec.mini-batch.allow-latency": "1 s",
    "table.exec.mini-batch.size": "5000",
    "table.local-time-zone": "UTC",
}

query, source, output = sys.argv[1:]
with open(query) as file:
    text = re.sub(r"(?m)^--.*\n", "", file.read())
statements = [part.strip() for part in re.split(r";\s*$", text, flags=re.MULTILINE) if part.strip()]

configuration = Configuration()
for key, value in SETTINGS.items():
    configuration.set_string(key, value)
tables = TableEnvironment.create(EnvironmentSettings.new_instance().with_configuration(configuration).build())
for statement in statements:
    result = tables.execute_sql(statement.replace("{input}", source).replace("{output}", output))
    if statement.startswith("INSERT"):
        result.wait()
