-- X and Y stand for the rows that are passed over; see ../keyed/flink.sql.
CREATE TABLE e (
    `key` BIGINT, kind BIGINT, `value` DOUBLE, `at` BIGINT,
    ts AS TO_TIMESTAMP_LTZ(`at`, 3), WATERMARK FOR ts AS ts
) WITH ('connector' = 'filesystem', 'path' = '{input}', 'format' = 'csv');

CREATE TABLE found (
    `key` BIGINT, `first` DOUBLE, `second` DOUBLE, `third` DOUBLE, `start` BIGINT, `middle` BIGINT, `at` BIGINT
) WITH ('connector' = 'filesystem', 'path' = '{output}', 'format' = 'csv');

INSERT INTO found
SELECT `key`, `first`, `second`, `third`, `start`, `middle`, `at`
FROM (SELECT * FROM e WHERE kind <= 2) MATCH_RECOGNIZE (
    PARTITION BY `key`
    ORDER BY ts
    MEASURES
        A.`value` AS `first`, B.`value` AS `second`, C.`value` AS `third`,
        A.`at` AS `start`, B.`at` AS `middle`, C.`at` AS `at`
    ONE ROW PER MATCH
    AFTER MATCH SKIP TO NEXT ROW
    PATTERN (A X* B Y* C) WITHIN INTERVAL '30.001' SECOND(2, 3)
    DEFINE
        A AS A.kind = 0,
        X AS NOT (X.kind = 1 AND X.`value` > A.`value`),
        B AS B.kind = 1 AND B.`value` > A.`value`,
        Y AS NOT (Y.kind = 2 AND Y.`value` > B.`value`),
        C AS C.kind = 2 AND C.`value` > B.`value`
);
