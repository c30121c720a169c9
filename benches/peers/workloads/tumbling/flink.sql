CREATE TABLE e (
    `key` BIGINT, kind BIGINT, `value` DOUBLE, `at` BIGINT,
    ts AS TO_TIMESTAMP_LTZ(`at`, 3), WATERMARK FOR ts AS ts
) WITH ('connector' = 'filesystem', 'path' = '{input}', 'format' = 'csv');

CREATE TABLE found (
    `hour` TIMESTAMP(3), `key` BIGINT, n BIGINT, total DOUBLE, mean DOUBLE, low DOUBLE, high DOUBLE
) WITH ('connector' = 'filesystem', 'path' = '{output}', 'format' = 'csv');

INSERT INTO found
SELECT window_start, `key`, COUNT(*), SUM(`value`), AVG(`value`), MIN(`value`), MAX(`value`)
FROM TUMBLE(TABLE e, DESCRIPTOR(ts), INTERVAL '1' HOUR)
GROUP BY window_start, window_end, `key`;
