-- SQL has no arrow that passes over rows, so X stands for those between A and B. It is what B is not: with one way on for
-- each row, Flink's automaton keeps one computation for each A instead of several. `SKIP TO NEXT ROW` lets every A have its
-- match, as runs of Portent do. WITHIN is exclusive, `within` is inclusive; times are whole milliseconds.
CREATE TABLE e (
    `key` BIGINT, kind BIGINT, `value` DOUBLE, `at` BIGINT,
    ts AS TO_TIMESTAMP_LTZ(`at`, 3), WATERMARK FOR ts AS ts
) WITH ('connector' = 'filesystem', 'path' = '{input}', 'format' = 'csv');

CREATE TABLE found (`key` BIGINT, `before` DOUBLE, `value` DOUBLE, `start` BIGINT, `at` BIGINT)
WITH ('connector' = 'filesystem', 'path' = '{output}', 'format' = 'csv');

INSERT INTO found
SELECT `key`, `before`, `value`, `start`, `at` FROM (SELECT * FROM e WHERE kind <= 1) MATCH_RECOGNIZE (
    PARTITION BY `key`
    ORDER BY ts
    MEASURES A.`value` AS `before`, B.`value` AS `value`, A.`at` AS `start`, B.`at` AS `at`
    ONE ROW PER MATCH
    AFTER MATCH SKIP TO NEXT ROW
    PATTERN (A X* B) WITHIN INTERVAL '10.001' SECOND(2, 3)
    DEFINE
        A AS A.kind = 0,
        X AS NOT (X.kind = 1 AND X.`value` > A.`value`),
        B AS B.kind = 1 AND B.`value` > A.`value`
);
