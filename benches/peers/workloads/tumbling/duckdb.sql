COPY (
    SELECT "at" // 3600000 * 3600000 AS hour, key, count(*) AS n, sum(value) AS total, avg(value) AS mean, min(value) AS low,
        max(value) AS high
    FROM read_csv('{input}', header = true, columns = {'key': 'BIGINT', 'kind': 'BIGINT', 'value': 'DOUBLE', 'at': 'BIGINT'})
    GROUP BY ALL
) TO '{output}' (HEADER);
