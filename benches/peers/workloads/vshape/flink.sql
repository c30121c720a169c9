-- The example of Flink's documentation, with the price before the rise in the measures.
CREATE TABLE ticks (
    symbol STRING, price DOUBLE, `at` BIGINT,
    ts AS TO_TIMESTAMP_LTZ(`at`, 3), WATERMARK FOR ts AS ts
) WITH ('connector' = 'filesystem', 'path' = '{input}', 'format' = 'csv');

CREATE TABLE found (
    symbol STRING, `top` DOUBLE, bottom DOUBLE, rise DOUBLE, falls BIGINT, `start` BIGINT, `at` BIGINT
) WITH ('connector' = 'filesystem', 'path' = '{output}', 'format' = 'csv');

INSERT INTO found
SELECT symbol, `top`, bottom, rise, falls, `start`, `at` FROM ticks MATCH_RECOGNIZE (
    PARTITION BY symbol
    ORDER BY ts
    MEASURES
        T.price AS `top`, LAST(F.price) AS bottom, R.price AS rise, COUNT(F.price) AS falls,
        T.`at` AS `start`, R.`at` AS `at`
    ONE ROW PER MATCH
    AFTER MATCH SKIP TO LAST R
    PATTERN (T F+ R) WITHIN INTERVAL '60.001' SECOND(2, 3)
    DEFINE
        F AS (LAST(F.price, 1) IS NULL AND F.price < T.price) OR F.price < LAST(F.price, 1),
        R AS R.price > LAST(F.price)
);
