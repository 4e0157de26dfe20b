-- starter/init.lua: what a first migration script for a file says: what has to be decided (active), and what could be
-- (a suggestion), each with the evidence that was found in the data. Nothing is written.
local columns = require "wherry.inspect.columns"
local core = require "wherry.core"
local grouped = require "wherry.progress".grouped
local inspect = require "wherry.inspect"
local plan = require "wherry.plan"
local resolve = require "wherry.resolve"

local starter = {}

---@class wherry.StarterColumn
---@field name string
---@field keys table<string, string> what is said of the column: type, stored, on_bad
---@field active boolean
---@field evidence string

---@class wherry.StarterTable
---@field name string
---@field evidence string
---@field skip string? the reason for leaving it out
---@field columns wherry.StarterColumn[]

---@class wherry.Starter
---@field tables wherry.StarterTable[]
---@field not_carried wherry.Object[]
---@field findings wherry.Finding[] of the inspection

-- Numbers that are moments lie in a unit's range, and their columns are called so.
local UNITS = { { "unix", 100000000, 10000000000 }, { "unix_ms", 100000000000, 10000000000000 },
    { "unix_us", 100000000000000, 10000000000000000 } }

local function is_called_time(column)
    local name, declared = column.name:lower(), (column.declared or ""):lower()
    return declared:find "date" or declared:find "time" or name:find "_at$" or name:find "_on$" or name:find "time"
        or name:find "date" or name:find "_ts$" or name == "ts"
end

local function moments(column)
    local stats = column.stats
    if stats.integer == 0 or stats.text + stats.real + stats.blob > 0 or not is_called_time(column) then
        return nil
    end
    for _, unit in ipairs(UNITS) do
        if stats.integer_min >= unit[2] and stats.integer_max < unit[3] then
            return { type = "timestamptz", stored = unit[1] }
        end
    end
    return nil
end

-- A type that would say more than the one that the column gets, where all its values allow it.
local function suggestion(column)
    local stats = column.stats
    if stats.text > 0 and stats.integer + stats.real + stats.blob == 0 then
        for _, name in ipairs { "uuid", "date", "timestamptz", "timestamp", "jsonb" } do
            if stats.accepted[name] == stats.text then
                return { type = name }
            end
        end
    end
    return moments(column)
end

-- What the inspection found about texts that PostgreSQL can't store, or nil.
local function unfit(findings, table_name, column)
    local reasons = {}
    for _, finding in ipairs(findings) do
        if finding.table == table_name and finding.column == column and finding.code:find "^text_" then
            reasons[#reasons + 1] = finding.reason
        end
    end
    return reasons[1] and table.concat(reasons, "; ")
end

local function columns_of(t, findings)
    local list = {}
    for _, column in ipairs(t.columns) do
        local reason, keys = unfit(findings, t.name, column.name), suggestion(column)
        if reason then
            list[#list + 1] = { name = column.name, keys = { on_bad = "reject" }, active = true, evidence = reason }
        elseif keys then
            list[#list + 1] = { name = column.name, keys = keys, active = false, evidence = columns.text(column.stats) }
        end
    end
    return list
end

-- What a run would say about the plain file: tables that it refuses, objects that it does not carry.
local function resolved_of(source, path)
    return resolve.run(plan.from_file(path), { source = source, journal = "wherry", has_codec = core.has_codec })
end

-- Each table once, by its name, too: a second line of it would undo the first.
local function refused(resolved)
    local list = {}
    for _, finding in ipairs(resolved.findings) do
        local there = list[finding.table]
        if there then
            there.evidence = there.evidence .. "; " .. finding.reason
        elseif finding.table then
            there = { name = finding.table, evidence = finding.reason, columns = {},
                skip = "decide what becomes of it" }
            list[#list + 1], list[finding.table] = there, there
        end
    end
    return list
end

---Decides what a script for the file says.
---@param source table core.snapshot
---@param path string
---@return wherry.Starter
function starter.of(source, path)
    local inspection, resolved = inspect.look(source), resolved_of(source, path)
    local without = refused(resolved)
    local result = { tables = table.move(without, 1, #without, 1, {}), not_carried = {},
        findings = inspection.findings }
    for _, t in ipairs(inspection.tables) do
        if not without[t.name] then
            result.tables[#result.tables + 1] = { name = t.name, columns = columns_of(t, inspection.findings),
                evidence = ("%s %s, key %s"):format(grouped(t.rows), t.rows == 1 and "record" or "records", t.key) }
        end
    end
    for _, object in ipairs(resolved.objects) do
        if object.outcome == "not_carried" then
            result.not_carried[#result.not_carried + 1] = object
        end
    end
    return result
end

return starter
