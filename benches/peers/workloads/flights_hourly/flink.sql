CREATE TABLE flights (
    `year` BIGINT, `month` BIGINT, `day` BIGINT, dep_time BIGINT, sched_dep_time BIGINT, dep_delay BIGINT, arr_time BIGINT,
    sched_arr_time BIGINT, arr_delay BIGINT, carrier STRING, flight BIGINT, tailnum STRING, origin STRING, dest STRING,
    air_time BIGINT, distance BIGINT, `hour` BIGINT, `minute` BIGINT, time_hour STRING,
    due AS TIMESTAMPADD(MINUTE, CAST(`minute` AS INT), TO_TIMESTAMP(time_hour, 'yyyy-MM-dd''T''HH:mm:ss''Z''')),
    WATERMARK FOR due AS due - INTERVAL '23' HOUR
) WITH ('connector' = 'filesystem', 'path' = '{input}', 'format' = 'csv', 'csv.null-literal' = 'NA');

CREATE TABLE found (
    `hour` TIMESTAMP(3), origin STRING, carrier STRING, departures BIGINT, mean DOUBLE, worst BIGINT
) WITH ('connector' = 'filesystem', 'path' = '{output}', 'format' = 'csv');

INSERT INTO found
SELECT window_start, origin, carrier, COUNT(*), AVG(CAST(dep_delay AS DOUBLE)), MAX(dep_delay)
FROM TUMBLE(
    DATA => (SELECT origin, carrier, dep_delay, due FROM flights WHERE dep_time IS NOT NULL),
    TIMECOL => DESCRIPTOR(due), SIZE => INTERVAL '1' HOUR
)
GROUP BY window_start, window_end, origin, carrier;
