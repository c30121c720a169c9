CREATE TABLE e (`key` BIGINT, kind BIGINT, `value` DOUBLE, `at` BIGINT)
WITH ('connector' = 'filesystem', 'path' = '{input}', 'format' = 'csv');

CREATE TABLE found (`key` BIGINT, `value` DOUBLE, `at` BIGINT)
WITH ('connector' = 'filesystem', 'path' = '{output}', 'format' = 'csv');

INSERT INTO found SELECT `key`, `value`, `at` FROM e WHERE `value` < 500.0;
