SELECT
    child.name AS child,
    reference."from" AS child_column,
    detail.cid AS place,
    reference."table" AS parent,
    detail."notnull" = 1 OR detail.pk > 0 AS is_needed,
    EXISTS (SELECT 1 FROM pragma_table_info(child.name, 'main') AS own WHERE own.name = 'id') AS has_id
FROM main.sqlite_schema AS child
JOIN pragma_foreign_key_list(child.name, 'main') AS reference
JOIN pragma_table_info(child.name, 'main') AS detail ON detail.name = reference."from"
WHERE child.type = 'table'
ORDER BY child.name, detail.cid
