COPY (
    SELECT key, value, "at"
    FROM read_csv('{input}', header = true, columns = {'key': 'BIGINT', 'kind': 'BIGINT', 'value': 'DOUBLE', 'at': 'BIGINT'})
    WHERE value < 10.0
) TO '{output}' (HEADER);
