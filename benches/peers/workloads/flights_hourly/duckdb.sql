-- `time_hour` is a whole hour, and minutes are less than 60.
COPY (
    SELECT time_hour AS hour, origin, carrier, count(*) AS departures, avg(dep_delay) AS mean, max(dep_delay) AS worst
    FROM read_csv('{input}', header = true, nullstr = 'NA', auto_detect = false, columns = {
        'year': 'BIGINT', 'month': 'BIGINT', 'day': 'BIGINT', 'dep_time': 'BIGINT', 'sched_dep_time': 'BIGINT',
        'dep_delay': 'BIGINT', 'arr_time': 'BIGINT', 'sched_arr_time': 'BIGINT', 'arr_delay': 'BIGINT',
        'carrier': 'VARCHAR', 'flight': 'BIGINT', 'tailnum': 'VARCHAR', 'origin': 'VARCHAR', 'dest': 'VARCHAR',
        'air_time': 'BIGINT', 'distance': 'BIGINT', 'hour': 'BIGINT', 'minute': 'BIGINT', 'time_hour': 'TIMESTAMP'
    })
    WHERE dep_time IS NOT NULL
    GROUP BY ALL
) TO '{output}' (HEADER);
