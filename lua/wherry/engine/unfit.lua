-- unfit.lua: the rows that keep a key from being put in place behind the load, as findings: the first few of them, each
-- with the count of all.
local builds = require "wherry.engine.builds"
local names = require "wherry.names"

local unfit = {}

local SAMPLES = 3

-- The two sides of a foreign key as the catalog has them now: a row for each pair of columns.
local function key_of(journal, object)
    return journal.session:query([[SELECT con.conrelid::regclass AS child, con.confrelid::regclass AS parent,
            of.relkind = 'p' AS child_partitioned, referred.relkind = 'p' AS parent_partitioned,
            c.attname AS child_column, p.attname AS parent_column
        FROM pg_constraint con JOIN pg_class of ON of.oid = con.conrelid
        JOIN pg_class referred ON referred.oid = con.confrelid
        CROSS JOIN unnest(con.conkey, con.confkey) WITH ORDINALITY AS k(child, parent, n)
        JOIN pg_attribute c ON c.attrelid = con.conrelid AND c.attnum = k.child
        JOIN pg_attribute p ON p.attrelid = con.confrelid AND p.attnum = k.parent
        WHERE con.contype = 'f' AND con.conname = $1 AND con.conrelid = $2::regclass ORDER BY k.n]],
        { object.name, object.target })
end

-- A key is about a table's own rows, not about those of tables that inherit from it.
local function own_rows(name, partitioned)
    return (partitioned == "t" and "" or "ONLY ") .. name
end

-- The FROM clause of the child's rows whose parent is missing, what to show of them, and the key's columns.
local function orphans_sql(key)
    local match, filled, shown, columns = {}, {}, {}, {}
    for index, pair in ipairs(key) do
        local column = "c." .. names.quote_pg(pair.child_column)
        match[index] = ("p.%s = %s"):format(names.quote_pg(pair.parent_column), column)
        filled[index] = column .. " IS NOT NULL"
        shown[index] = column .. "::text"
        columns[index] = pair.child_column
    end
    -- regclass is quoted, and qualified because the search path is pg_catalog alone
    local from = (" FROM %s c WHERE %s AND NOT EXISTS (SELECT FROM %s p WHERE %s)"):format(
        own_rows(key[1].child, key[1].child_partitioned), table.concat(filled, " AND "),
        own_rows(key[1].parent, key[1].parent_partitioned), table.concat(match, " AND "))
    return from, table.concat(shown, ", "), table.concat(columns, ", ")
end

---Rows of the child whose parent is missing, where a foreign key stands that is not valid yet.
---@param journal wherry.Journal
---@param object table from journal:open_objects
---@return wherry.Finding[]
function unfit.orphans(journal, object)
    local key = key_of(journal, object)
    if not key[1] then
        return {}
    end
    local from, shown, columns = orphans_sql(key)
    local total = journal.session:query("SELECT count(*) AS n" .. from)[1].n
    local found = {}
    for index, row in ipairs(journal.session:query(
        ("SELECT concat_ws(', ', %s) AS value, left(to_jsonb(c)::text, 200) AS row%s LIMIT %d"):format(shown, from,
            SAMPLES))) do
        found[index] = {
            code = "orphan", table = object.source_table, key = row.row, column = columns, value = row.value,
            reason = ("%s of %s refer%s to rows of %s that are not there (foreign key %s)"):format(
                total == "1" and "1 row" or total .. " rows", key[1].child, total == "1" and "s" or "", key[1].parent,
                object.name),
            hint = "the rows are loaded, the foreign key stands as NOT VALID: mend them, then go on with --resume, or: "
                .. builds.validation(object),
        }
    end
    return found
end

-- Groups of rows that share a key: what they share, how many they are, two of them.
local GROUPS = [[WITH shared AS (SELECT concat_ws(', ', %s) AS value, count(*) AS n, min(t.ctid) AS first,
        max(t.ctid) AS last FROM %s t WHERE %s GROUP BY %s HAVING count(*) > 1)
    SELECT s.value, (SELECT sum(n - 1) FROM shared) AS surplus, left(to_jsonb(a)::text, 200) AS first,
        left(to_jsonb(b)::text, 200) AS last
    FROM shared s JOIN %s a ON a.ctid = s.first JOIN %s b ON b.ctid = s.last ORDER BY s.first LIMIT %d]]

---Rows that share what is to be unique.
---@param journal wherry.Journal
---@param object table from journal:open_objects
---@param key wherry.ObjectKey what the plan says of it
---@param hint string what to do
---@return wherry.Finding[]
function unfit.duplicates(journal, object, key, hint)
    local conditions, shown, found = { key.where or "true" }, {}, {}
    local relation = journal.session:query("SELECT relkind = 'p' AS partitioned FROM pg_class WHERE oid = $1::regclass",
        { object.target })[1]
    local rows = own_rows(object.target, relation.partitioned)
    for index, term in ipairs(key.terms) do
        shown[index] = ("(%s)::text"):format(term)
        conditions[index + 1] = not key.nulls_equal and ("(%s) IS NOT NULL"):format(term) or nil
    end
    for index, row in ipairs(journal.session:query(GROUPS:format(table.concat(shown, ", "), rows,
        table.concat(conditions, " AND "), table.concat(key.terms, ", "), rows, rows, SAMPLES))) do
        found[index] = {
            code = "duplicate", table = object.source_table, key = row.last, value = row.value,
            column = table.concat(key.columns, ", "), hint = hint,
            reason = ("%s rows of %s have the same %s as another one (%s %s cannot be made), here that of %s"):format(
                row.surplus, object.target, table.concat(key.terms, ", "), object.kind, object.name, row.first),
        }
    end
    return found
end

return unfit
