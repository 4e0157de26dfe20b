-- audit/heads.lua: whether both databases stand at the same migrations, by the tables in which Alembic and other tools
-- remember them.
local bookkeeping = require "wherry.resolve.bookkeeping"
local names = require "wherry.names"

local heads = {}

local TABLES = "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name"

-- $1, $2: schema and table.
local TARGET_COLUMNS = [[SELECT a.attname AS name, c.relname AS relation FROM pg_catalog.pg_attribute a
    JOIN pg_catalog.pg_class c ON c.oid = a.attrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = $1 AND c.relname = $2 AND c.relkind IN ('r', 'p') AND a.attnum > 0 AND NOT a.attisdropped
    ORDER BY a.attnum]]

local function source_table(context, name, from)
    local columns = {}
    for i, row in ipairs(context.source_query(("SELECT name FROM pragma_table_info(%s)"):format(
        names.literal_sqlite(name)), from)) do
        columns[i] = { name = row.name }
    end
    return { name = name, columns = columns }
end

-- Where the rows of it went, or the table of its name that is there.
local function target_table(context, name, from)
    local schema, relation = context.resolved.target_schema, name
    for _, tbl in ipairs(context.resolved.tables) do
        if (tbl.own or tbl.source) == name and (tbl.from or "main") == from then
            schema, relation = tbl.target.schema, tbl.target.name
        end
    end
    local columns = {}
    for i, row in ipairs(context.query(TARGET_COLUMNS, { schema, relation })) do
        columns[i] = { name = row.name }
    end
    return columns[1] and { name = relation, schema = schema, columns = columns }
end

-- Whether the run has compared the two, or has carried the rows: else the plan has left the table out knowingly.
local function is_promised(context, name, from)
    for _, tbl in ipairs(context.resolved.tables) do
        if (tbl.own or tbl.source) == name and (tbl.from or "main") == from then
            return true
        end
    end
    for _, object in ipairs(context.resolved.objects) do
        if object.state == "receipt" and object.table == name and (object.note or ""):find "^compared" then
            return true
        end
    end
    return false
end

-- What bookkeeping.compare finds, as an entry.
local function outcome_of(context, name, promised)
    return {
        receipt = function(_, _, _, _, note)
            local same = note:find "^compared"
            context.add { kind = "migrations", table = name, name = name, passed = true, detail = note,
                note = not same or nil }
        end,
        finding = function(_, finding)
            context.add { kind = "migrations", table = name, name = name, passed = not promised,
                note = not promised or nil, detail = finding.reason, hint = "bring both to the same migration" }
        end,
        label = function(_, label) return label end,
    }
end

---Entries for the migration tools' tables that the sources have.
---@param context wherry.AuditContext
function heads.check(context)
    local sources = {}
    for _, tbl in ipairs(context.resolved.tables) do
        sources[tbl.from or "main"] = true
    end
    local order = {}
    for from in pairs(sources) do
        order[#order + 1] = from
    end
    table.sort(order)
    for _, from in ipairs(order) do
        for _, row in ipairs(context.source_query(TABLES, from)) do
            if bookkeeping.is(row.name) then
                bookkeeping.compare(source_table(context, row.name, from), target_table(context, row.name, from), {
                    source_query = function(sql) return context.source_query(sql, from) end,
                    target_query = function(sql) return context.query(sql, {}) end, role = "" },
                    outcome_of(context, row.name, is_promised(context, row.name, from)))
            end
        end
    end
end

return heads
