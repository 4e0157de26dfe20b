-- foreign_keys.lua: all foreign keys between the tables of a run: those of the plan, that are put in place behind the
-- load, and those that stood all the while.
local names = require "wherry.names"
local shallow = require "wherry.shallow"
local statements = require "wherry.statements"

local foreign_keys = {}

---@class wherry.RunForeignKey
---@field name string
---@field child wherry.LoadTable
---@field columns string[]
---@field parent_sql string quoted
---@field parent_columns string[]
---@field not_valid boolean it was NOT VALID before the run, and stays so: rows without a parent are no fault

-- Those that stand, a row for each pair of columns; regclass as the plan spells the table where it has it.
local STANDING = [[SELECT con.conname AS name, con.convalidated AS valid,
        con.conrelid::oid::text AS child, con.confrelid::oid::text AS parent,
        con.confrelid::regclass::text AS parent_name, c.attname AS child_column, p.attname AS parent_column
    FROM pg_constraint con CROSS JOIN unnest(con.conkey, con.confkey) WITH ORDINALITY AS k(child, parent, n)
    JOIN pg_attribute c ON c.attrelid = con.conrelid AND c.attnum = k.child
    JOIN pg_attribute p ON p.attrelid = con.confrelid AND p.attnum = k.parent
    WHERE con.contype = 'f' AND con.conrelid = ANY ($1::oid[]) AND con.conparentid = 0
    ORDER BY con.conrelid, con.conname, k.n]]

local function oids(session, resolved)
    local by_oid, list = {}, {}
    for _, tbl in ipairs(resolved.tables) do
        local oid = session:query("SELECT to_regclass($1)::oid::text AS oid", { tbl.target_sql })[1].oid
        if oid then
            by_oid[oid], list[#list + 1] = tbl, oid
        end
    end
    return by_oid, "{" .. table.concat(list, ",") .. "}"
end

-- What the plan puts in place behind the load is judged by how it will be.
local function was_not_valid(resolved, tbl, name, valid)
    for _, object in ipairs(resolved.objects) do
        if object.kind == "foreign key" and object.sql and object.name == name
            and object.target == tbl.target_sql then
            return statements.is_not_valid(object.sql)
        end
    end
    return valid == "f"
end

local function standing(session, resolved)
    local by_oid, list = oids(session, resolved)
    local keys, by_name = {}, {}
    for _, row in ipairs(session:query(STANDING, { list })) do
        local label = row.child .. " " .. row.name
        local key = by_name[label]
        if not key then
            key = { name = row.name, child = by_oid[row.child], columns = {}, parent_columns = {},
                not_valid = was_not_valid(resolved, by_oid[row.child], row.name, row.valid),
                parent_sql = by_oid[row.parent] and by_oid[row.parent].target_sql or row.parent_name }
            by_name[label], keys[#keys + 1] = key, key
        end
        table.insert(key.columns, row.child_column)
        table.insert(key.parent_columns, row.parent_column)
    end
    return keys
end

-- Those of the plan that are still to come.
local function coming(journal, run, resolved)
    local open, by_target, keys = {}, {}, {}
    for _, object in ipairs(journal:open_objects(run)) do
        if object.kind == "foreign key" and object.state ~= "added" then
            open[object.target .. " " .. object.name] = true
        end
    end
    for _, tbl in ipairs(resolved.tables) do
        by_target[tbl.target_sql] = tbl
    end
    for _, object in ipairs(resolved.objects) do
        if object.kind == "foreign key" and object.key and open[object.target .. " " .. object.name] then
            keys[#keys + 1] = { name = object.name, child = by_target[object.target], columns = object.key.columns,
                not_valid = statements.is_not_valid(object.sql),
                parent_sql = names.qualified(object.key.parent_schema or resolved.target_schema, object.key.parent),
                parent_columns = object.key.parent_columns }
        end
    end
    return keys
end

---All foreign keys whose child is a table of the run, in the order in which the children are loaded; of a table that
---several fill, once for each of these.
---@param journal wherry.Journal
---@param run integer
---@param resolved wherry.Resolved
---@return wherry.RunForeignKey[]
function foreign_keys.of(journal, run, resolved)
    local all = standing(journal.session, resolved)
    local later = coming(journal, run, resolved)
    table.move(later, 1, #later, #all + 1, all)
    local sorted = {}
    for _, tbl in ipairs(resolved.tables) do
        for _, key in ipairs(all) do
            if key.child.target_sql == tbl.target_sql then
                sorted[#sorted + 1] = shallow.copy(key, { child = tbl })
            end
        end
    end
    return sorted
end

return foreign_keys
