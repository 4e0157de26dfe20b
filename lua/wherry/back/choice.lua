-- choice.lua: which tables of a PostgreSQL schema go back, and what of them this role may read and SQLite would take.
local failure = require "wherry.failure"
local names = require "wherry.names"
local selection = require "wherry.resolve.selection"

local choice = {}

---A table as a SELECT reads it.
choice.source_sql = names.own_rows --[[@as fun(t: wherry.Table): string]]

---Finds rows that this role may not read, or would not see all of.
---@param t wherry.Table
---@param outcome wherry.Outcome
function choice.check_rights(t, outcome)
    local sql = names.qualified(t.schema, t.name)
    if not t.can_select then
        outcome:finding { code = "missing_right", table = t.name, reason = ("SELECT on %s is missing"):format(sql),
            hint = ("as its owner: GRANT SELECT ON %s TO ...; or leave it out: --skip %s"):format(sql, t.name) }
    elseif t.rls_in_force then
        outcome:finding { code = "row_security", table = t.name,
            reason = ("row-level security may hide rows of %s from this role"):format(sql),
            hint = ("connect as the owner, or as a role with BYPASSRLS; or leave it out: --skip %s"):format(t.name) }
    end
end

---The tables that are not carried, by name: what --only and --skip leave out, with a receipt. Raises for a schema
---without tables.
---@param m wherry.Model
---@param options wherry.BackOptions
---@param outcome wherry.Outcome
---@return table<string, boolean>
function choice.skipped(m, options, outcome)
    if #m.tables == 0 and m.settings.schema_exists ~= false then
        failure.raise("environment", ("the schema %s holds no table"):format(names.quote_pg(options.schema)),
            "name another one with --target-schema, or check the database's name")
    end
    local skip = {}
    for _, t in ipairs(m.tables) do
        skip[t.name] = true
    end
    local plan = { tables = {}, only = options.only, skip = options.skip, order = {} }
    for _, one in ipairs((selection.choose(plan, { tables = m.tables, virtuals = {}, views = m.views }, outcome))) do
        skip[one.table.name] = nil
    end
    return skip
end

local VIOLATING = "SELECT count(*) AS n FROM %s WHERE NOT (%s)"

---Takes conditions away that PostgreSQL does not hold its old rows to, and against which some of them stand: SQLite
---would refuse these.
---@param m wherry.Model changed in place
---@param skip table<string, boolean>
---@param query fun(sql: string): table[]
---@param outcome wherry.Outcome
function choice.drop_violated(m, skip, query, outcome)
    for _, t in ipairs(m.tables) do
        local kept = {}
        for _, check in ipairs(t.checks) do
            local asked = check.valid == false and not skip[t.name] and t.can_select
            local count = asked and query(VIOLATING:format(choice.source_sql(t), check.expression))[1].n or "0"
            kept[#kept + 1] = count == "0" and check or nil
            if count ~= "0" then
                outcome:receipt("check", check.name, "not_carried", ("NOT VALID in PostgreSQL, and %s rows stand "
                    .. "against it"):format(count), { table = t.name })
            end
        end
        t.checks = kept
    end
end

return choice
