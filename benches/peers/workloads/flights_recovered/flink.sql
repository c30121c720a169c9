-- X stands for the flights that are passed over; see ../keyed/flink.sql. Times are whole minutes.
CREATE TABLE flights (
    `year` BIGINT, `month` BIGINT, `day` BIGINT, dep_time BIGINT, sched_dep_time BIGINT, dep_delay BIGINT, arr_time BIGINT,
    sched_arr_time BIGINT, arr_delay BIGINT, carrier STRING, flight BIGINT, tailnum STRING, origin STRING, dest STRING,
    air_time BIGINT, distance BIGINT, `hour` BIGINT, `minute` BIGINT, time_hour STRING,
    due AS TIMESTAMPADD(MINUTE, CAST(`minute` AS INT), TO_TIMESTAMP(time_hour, 'yyyy-MM-dd''T''HH:mm:ss''Z''')),
    WATERMARK FOR due AS due - INTERVAL '23' HOUR
) WITH ('connector' = 'filesystem', 'path' = '{input}', 'format' = 'csv', 'csv.null-literal' = 'NA');

CREATE TABLE found (
    tailnum STRING, arr_delay BIGINT, origin STRING, dep_delay BIGINT, `start` TIMESTAMP(3), `at` TIMESTAMP(3)
) WITH ('connector' = 'filesystem', 'path' = '{output}', 'format' = 'csv');

INSERT INTO found
SELECT tailnum, arr_delay, origin, dep_delay, `start`, `at`
FROM (SELECT tailnum, arr_delay, dep_delay, origin, due FROM flights WHERE tailnum IS NOT NULL) MATCH_RECOGNIZE (
    PARTITION BY tailnum
    ORDER BY due
    MEASURES
        A.arr_delay AS arr_delay, B.origin AS origin, B.dep_delay AS dep_delay,
        CAST(A.due AS TIMESTAMP(3)) AS `start`, CAST(B.due AS TIMESTAMP(3)) AS `at`
    ONE ROW PER MATCH
    AFTER MATCH SKIP TO NEXT ROW
    PATTERN (A X* B) WITHIN INTERVAL '361' MINUTE(3)
    DEFINE
        A AS A.arr_delay > 60,
        X AS (X.dep_delay < 15) IS NOT TRUE,
        B AS B.dep_delay < 15
);
