-- bookkeeping.lua: the tables in which migration tools remember how far a schema is. A schema that exists has its own:
-- rows of the source's in it would lie, so they are compared and never copied.
local match = require "wherry.match"
local model = require "wherry.schema.model"
local names = require "wherry.names"

local bookkeeping = {}

-- The columns that say which migrations were applied. Times, checksums and running numbers differ between two databases
-- that stand at the same point.
local TABLES = {
    alembic_version = { "version_num" },
    schema_migrations = { "version" },
    flyway_schema_history = { "version", "script" },
    django_migrations = { "app", "name" },
    knex_migrations = { "name" },
    knex_migrations_lock = {},
    _prisma_migrations = { "migration_name" },
    __EFMigrationsHistory = { "MigrationId" },
    goose_db_version = { "version_id" },
    _sqlx_migrations = { "version" },
}

local BY_FOLDED_NAME = {}
for name, columns in pairs(TABLES) do
    BY_FOLDED_NAME[name:lower()] = columns
end

local SHOWN = 3

---Whether a table is a migration tool's own.
---@param name string
---@return boolean
function bookkeeping.is(name)
    return BY_FOLDED_NAME[name:lower()] ~= nil
end

---The columns of a migration tool's own table that say which migrations were applied, in the table's spelling.
---@param t wherry.Table
---@return string[]
function bookkeeping.columns(t)
    local list = {}
    for _, wanted in ipairs(BY_FOLDED_NAME[t.name:lower()] or {}) do
        list[#list + 1] = match.find(wanted, model.names(t.columns))
    end
    return list
end

-- The columns to compare, as pairs of both sides' spellings; a column that one side lacks is left out.
local function compared(source, target)
    local pairs_of = {}
    for _, wanted in ipairs(BY_FOLDED_NAME[source.name:lower()]) do
        local here = match.find(wanted, model.names(source.columns))
        local there = match.find(wanted, model.names(target.columns))
        if here and there then
            pairs_of[#pairs_of + 1] = { here, there }
        end
    end
    return pairs_of
end

-- Rows as sorted texts.
local function texts(rows, count)
    local list = {}
    for i, row in ipairs(rows) do
        local cells = {}
        for k = 1, count do
            local value = row["c" .. k]
            cells[k] = value == nil and "NULL" or tostring(value)
        end
        list[i] = table.concat(cells, " ")
    end
    table.sort(list)
    return list
end

local function heads(own, other)
    local there, missing = {}, {}
    for _, text in ipairs(other) do
        there[text] = true
    end
    for _, text in ipairs(own) do
        if not there[text] then
            missing[#missing + 1] = text
        end
    end
    local shown = table.move(missing, 1, math.min(#missing, SHOWN), 1, {})
    if #missing > SHOWN then
        shown[#shown + 1] = ("and %d more"):format(#missing - SHOWN)
    end
    return #shown == 0 and "nothing more" or table.concat(shown, ", ")
end

---Compares a bookkeeping table with the target's: a receipt when they are equal, a finding when not.
---@param source wherry.Table
---@param target wherry.Table|nil
---@param queries { source_query: function, target_query: function, role: string } role: the target's current user
---@param outcome wherry.Outcome
function bookkeeping.compare(source, target, queries, outcome)
    local function receipt(note)
        outcome:receipt("table", source.name, "not_carried", note, { table = source.name })
    end
    if not target then
        receipt "the source's migration history; the target has no such table"
        return
    elseif target.can_select == false then
        outcome:finding { code = "missing_right", table = source.name,
            reason = ("%s can't be read for comparing the migration heads"):format(names.qualified(target.schema,
                target.name)),
            hint = ("GRANT SELECT ON TABLE %s TO %s, or --skip %s"):format(names.qualified(target.schema, target.name),
                names.quote_pg(queries.role), outcome:label(source.name)) }
        return
    end
    local columns = compared(source, target)
    if #columns == 0 then
        receipt "a migration tool's own table; each database has its own"
        return
    end
    local here, there = {}, {}
    for i, pair in ipairs(columns) do
        here[i] = ("CAST(%s AS TEXT) AS c%d"):format(names.quote_sqlite(pair[1]), i)
        there[i] = ("%s::text AS c%d"):format(names.quote_pg(pair[2]), i)
    end
    local own = texts(queries.source_query(("SELECT %s FROM %s"):format(table.concat(here, ", "),
        names.quote_sqlite(source.name))), #columns)
    local other = texts(queries.target_query(("SELECT %s FROM %s"):format(table.concat(there, ", "),
        names.qualified(target.schema, target.name))), #columns)
    if table.concat(own, "\n") == table.concat(other, "\n") then
        receipt(("compared: both sides stand at the same migrations (%d)"):format(#own))
        return
    end
    outcome:finding { code = "migration_head_differs", table = source.name,
        reason = ("the source has %s, the target has %s"):format(heads(own, other), heads(other, own)),
        hint = ("bring both to the same migration, or go on knowingly with --skip %s"):format(
            outcome:label(source.name)) }
end

return bookkeeping
