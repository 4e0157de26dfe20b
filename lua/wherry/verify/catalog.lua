-- catalog.lua: checks of what the target's catalog promises: foreign keys, sequences, the head of Alembic.
local decode = require "wherry.core".json.decode
local emits = require "wherry.resolve.emits"
local failure = require "wherry.failure"
local names = require "wherry.names"
local progress = require "wherry.progress"
local sequences = require "wherry.engine.sequences"

local catalog = {}

---The foreign keys of the tables $1, and those that refer to them; of a partition's copy of its parent's key nothing.
catalog.KEYS = [[SELECT k.conname::text AS name, k.conrelid::regclass::text AS child,
        k.confrelid::regclass::text AS parent, k.convalidated AS valid, k.confmatchtype::text AS kind,
        (SELECT array_to_json(array_agg(quote_ident(a.attname) ORDER BY u.n))::text
            FROM unnest(k.conkey) WITH ORDINALITY u(i, n)
            JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.i) AS columns,
        (SELECT array_to_json(array_agg(quote_ident(a.attname) ORDER BY u.n))::text
            FROM unnest(k.confkey) WITH ORDINALITY u(i, n)
            JOIN pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = u.i) AS referenced,
        (SELECT array_to_json(array_agg(format('OPERATOR(%I.%s)', n.nspname, o.oprname) ORDER BY u.n))::text
            FROM unnest(k.conpfeqop) WITH ORDINALITY u(i, n) JOIN pg_operator o ON o.oid = u.i
            JOIN pg_namespace n ON n.oid = o.oprnamespace) AS operators
    FROM pg_constraint k
    WHERE k.contype = 'f' AND k.conparentid = 0
        AND (k.conrelid = ANY($1::text[]::regclass[]) OR k.confrelid = ANY($1::text[]::regclass[]))
    ORDER BY 2, 1]]

local function quoted_tables(context)
    local list = {}
    for i, tbl in ipairs(emits.all(context.resolved)) do
        list[i] = tbl.target_sql
    end
    return names.array_pg(list)
end

-- The condition under which a row of the child refers to nothing. What is equal says the key's own operator: that of
-- citext may not be in the search path.
local function orphan_sql(key)
    local columns, referenced, operators = decode(key.columns), decode(key.referenced), decode(key.operators)
    local set, equal, null = {}, {}, {}
    for i, column in ipairs(columns) do
        set[i] = ("c.%s IS NOT NULL"):format(column)
        null[i] = ("c.%s IS NULL"):format(column)
        equal[i] = ("p.%s %s c.%s"):format(referenced[i], operators[i], column)
    end
    local missing = ("%s AND NOT EXISTS (SELECT FROM %s AS p WHERE %s)"):format(table.concat(set, " AND "), key.parent,
        table.concat(equal, " AND "))
    if key.kind == "f" and #columns > 1 then -- MATCH FULL: all of them or none
        missing = ("%s OR (%s) AND NOT (%s)"):format(missing, table.concat(null, " OR "),
            table.concat(null, " AND "))
    end
    return missing, columns
end

---The SELECT that counts the rows which refer to nothing as n, and gives what the first of them refers to.
---@param key table of catalog.KEYS
---@return string sql
---@return string[] columns of the child, quoted
function catalog.orphans_sql(key)
    local missing, columns = orphan_sql(key)
    local shown = {}
    for i, column in ipairs(columns) do
        shown[i] = "c." .. column .. "::text"
    end
    return ("SELECT count(*) AS n, (SELECT concat_ws(', ', %s) FROM %s AS c WHERE %s LIMIT 1) AS first FROM %s AS c "
        .. "WHERE %s"):format(table.concat(shown, ", "), key.child, missing, key.child, missing), columns
end

---What rows that refer to nothing are told as.
---@param count integer
---@param first any
---@return string
function catalog.orphans_text(count, first)
    return ("%s row%s to nothing, the first to %s"):format(progress.grouped(count),
        count == 1 and " refers" or "s refer", tostring(first))
end

local function check_key(context, key)
    local sql, columns = catalog.orphans_sql(key)
    local row
    for one in context.target:rows(sql) do
        row = one
    end
    local place = ("%s of %s (%s) to %s"):format(key.name, key.child, table.concat(columns, ", "), key.parent)
    if row.n > 0 then
        return ("%s: %s"):format(place, catalog.orphans_text(row.n, row.first))
    elseif key.valid == 0 then
        return place .. ": it is NOT VALID, and no row breaks it: ALTER TABLE ... VALIDATE CONSTRAINT"
    end
end

---check.foreign_keys: no row of the target refers to nothing, and no foreign key is NOT VALID.
---@param context wherry.VerifyContext
---@return wherry.CheckOutcome
function catalog.foreign_keys(context)
    local keys, differences = {}, {}
    for key in context.target:rows(catalog.KEYS, quoted_tables(context)) do
        keys[#keys + 1] = key
    end
    for _, key in ipairs(keys) do
        differences[#differences + 1] = check_key(context, key)
    end
    return { name = "foreign keys", passed = not differences[1], differences = differences,
        detail = differences[1] and ("%d of %d are broken"):format(#differences, #keys)
            or ("%d foreign key%s, no row that refers to nothing"):format(#keys, #keys == 1 and "" or "s") }
end

---check.sequences: the next value of each sequence of a loaded table is free.
---@param context wherry.VerifyContext
---@return wherry.CheckOutcome
function catalog.sequences(context)
    local session = { query = function(_, sql, parameters)
        return context.target:open_connection():query(sql, parameters)
    end }
    local differences, count = {}, 0
    for _, tbl in ipairs(emits.all(context.resolved)) do
        for _, entry in ipairs(tbl.sequences or {}) do
            count = count + 1
            differences[#differences + 1] = sequences.problem(session, tbl, entry)
        end
    end
    return { name = "sequences", passed = not differences[1], differences = differences,
        detail = differences[1] and ("%d of %d would give values that are taken"):format(#differences, count)
            or ("%d sequence%s, the next values are free"):format(count, count == 1 and "" or "s") }
end

local function heads_of(context)
    local schema = context.resolved.target_schema
    local there = context.target:value([[SELECT c.oid FROM pg_catalog.pg_class c
        JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = $1 AND c.relname = 'alembic_version']], schema)
    if not there then
        return nil, ("schema %s has no table alembic_version: its migrations were never run there"):format(schema)
    end
    local heads = {}
    for row in context.target:rows(("SELECT version_num AS head FROM %s ORDER BY 1"):format(
        names.qualified(schema, "alembic_version"))) do
        heads[#heads + 1] = row.head
    end
    if not heads[1] then
        return nil, "alembic_version is empty: the schema is not stamped (alembic stamp HEAD)"
    end
    return heads
end

---check.alembic: the target's schema is at the expected head.
---@param context wherry.VerifyContext
---@param expected string|string[] a head, or several where the project has branches
---@return wherry.CheckOutcome
function catalog.alembic(context, expected)
    local wanted = type(expected) == "string" and { expected } or expected
    if type(wanted) ~= "table" or type(wanted[1]) ~= "string" then
        failure.raise("usage", "check.alembic takes the head that is expected, or a list of heads",
            'check.alembic "8d2c1f0a9b7e"')
    end
    wanted = table.move(wanted, 1, #wanted, 1, {})
    table.sort(wanted)
    local heads, problem = heads_of(context)
    if heads and table.concat(heads, ", ") ~= table.concat(wanted, ", ") then
        problem = ("the schema is at %s%s, and %s is expected"):format(table.concat(heads, ", "),
            #heads > 1 and (" (%d heads)"):format(#heads) or "", table.concat(wanted, ", "))
    end
    return { name = "alembic", passed = not problem, detail = problem or "head " .. table.concat(heads, ", ") }
end

return catalog
