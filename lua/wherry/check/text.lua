-- text.lua: what a check found as text: the source's rows first, then findings with their first examples, what was not
-- evaluated, how long a run would take, and what it would do.
local moment = require "wherry.moment"
local place = require "wherry.place"
local problems = require "wherry.check.problems"
local progress = require "wherry.progress"
local shallow = require "wherry.shallow"
local target = require "wherry.target"

local text = {}

local LISTED = 20

local grouped, printable = progress.grouped, place.printable

local function counted(count, one, many)
    return ("%s %s"):format(grouped(count), count == 1 and one or many)
end

-- Rows that functions of the script drop, by reason, and those that are merged into others.
local function taken_out(lines, tbl)
    for _, reason in ipairs(shallow.keys(tbl.filtered or {})) do
        lines[#lines + 1] = ("      %s dropped: %s"):format(counted(tbl.filtered[reason], "is", "are"),
            printable(reason))
    end
    if (tbl.merged or 0) > 0 then
        lines[#lines + 1] = ("      %s merged into others"):format(counted(tbl.merged, "is", "are"))
    end
end

local function summary(lines, result)
    for _, tbl in ipairs(result.tables) do
        lines[#lines + 1] = ("  %s: %s%s"):format(printable(tbl.table), counted(tbl.rows, "record", "records"),
            tbl.excluded > 0 and (" (%s left out by where)"):format(grouped(tbl.excluded)) or "")
        taken_out(lines, tbl)
    end
    if #result.tables == 0 then
        lines[#lines + 1] = "  no table is carried"
    end
end

local OUTCOMES = {
    stops = function() return "a run would stop there" end,
    rejects = function(problem) return ("%s would be rejected"):format(counted(problem.count, "row", "rows")) end,
    nulls = function(problem) return ("%s would be NULL instead"):format(counted(problem.count, "value", "values")) end,
    converts = function(problem)
        return ("%s would be converted, as on_bad says"):format(counted(problem.count, "value", "values"))
    end,
    skips = function(problem) return ("%s would be skipped, as on_conflict says"):format(
        counted(problem.count, "row", "rows")) end,
    not_made = function(problem)
        return ("the rows would be loaded, and the %s not be made"):format(problem.key_kind or "key")
    end,
    not_valid = function() return "the rows would be loaded, and the foreign key left NOT VALID" end,
}

local BREACHES = {
    duplicate = { "row has the key of an earlier row", "rows have the key of an earlier row" },
    orphan = { "row refers to a row that is not there", "rows refer to rows that are not there" },
}

local function headline(problem)
    if problem.kind == "value" then
        return ("%s.%s: %s: %s"):format(printable(problem.table), printable(problem.column),
            counted(problem.count, problem.class and problem.class ~= "null" and problem.class .. " value" or "value",
                problem.class and problem.class ~= "null" and problem.class .. " values" or "values")
                .. (problem.count == 1 and " does" or " do") .. " not fit " .. problem.type, printable(problem.reason))
    end
    if problem.kind == "row" then
        return ("%s: %s: %s"):format(printable(problem.table), counted(problem.count, "row is", "rows are")
            .. " refused by the script", printable(problem.reason))
    end
    local one, many = table.unpack(BREACHES[problem.kind])
    return ("%s (%s): %s (%s)"):format(printable(problem.table), printable(problem.columns),
        counted(problem.count, one, many), printable(problem.reason))
end

local function example(problem, one)
    local key = one.key and printable(one.key) or "a row without a key"
    if problem.kind == "duplicate" then
        return ("%s: %s, as %s"):format(key, printable(one.value or ""), printable(one.first_key or "another row"))
    elseif problem.kind == "orphan" then
        return ("%s: %s"):format(key, printable(one.value or ""))
    end
    if problem.kind == "row" then
        return key
    end
    local value = place.value { value = problem.class ~= "null" and one.value or nil, value_class = problem.class }
    local reason = one.reason and one.reason ~= problem.reason and " (" .. printable(one.reason) .. ")" or ""
    return ("%s: %s%s"):format(key, value or "", reason)
end

local function describe(lines, problem)
    lines[#lines + 1] = "  " .. headline(problem)
    for _, one in ipairs(problem.examples) do
        lines[#lines + 1] = "      " .. example(problem, one)
    end
    if problem.count > #problem.examples and problem.examples[1] then
        lines[#lines + 1] = ("      ... and %s more"):format(grouped(problem.count - #problem.examples))
    end
    lines[#lines + 1] = "      -> " .. OUTCOMES[problem.outcome](problem)
    if problem.hint and problems.is_finding(problem) then
        lines[#lines + 1] = "      hint: " .. printable(problem.hint)
    end
end

local function heading(lines, title)
    lines[#lines + 1] = ""
    lines[#lines + 1] = title
end

-- What the plan itself says is to be done is told, but is no finding.
local function found(lines, result)
    local findings, expected = {}, {}
    for _, problem in ipairs(result.problems) do
        table.insert(problems.is_finding(problem) and findings or expected, problem)
    end
    for _, group in ipairs { { "Findings", findings }, { "As the plan says", expected } } do
        if group[2][1] then
            heading(lines, ("%s: %d"):format(group[1], #group[2]))
            for _, problem in ipairs(group[2]) do
                describe(lines, problem)
            end
        end
    end
end

local function refusals(lines, result)
    if not result.findings[1] then
        return
    end
    heading(lines, ("Findings of the plan: %d"):format(#result.findings))
    for _, finding in ipairs(result.findings) do
        local where = place.of_finding(finding)
        lines[#lines + 1] = ("  %s: %s"):format(where == "" and finding.code:gsub("_", " ") or where,
            printable(finding.reason))
        if finding.hint then
            lines[#lines + 1] = "      hint: " .. printable(finding.hint)
        end
    end
end

local function limited(lines, list, verbose, write)
    for i, one in ipairs(list) do
        if i > LISTED and not verbose then
            lines[#lines + 1] = ("  ... and %d more (--verbose)"):format(#list - LISTED)
            break
        end
        lines[#lines + 1] = write(one)
    end
end

-- A heading, and a line for each of the list; nothing where there is none.
local function section(lines, title, list, verbose, line_of)
    if list[1] then
        heading(lines, title)
        limited(lines, list, verbose, line_of)
    end
end

local function unseen(lines, result, verbose)
    section(lines, "Not evaluated, only the server can tell:", result.unseen, verbose, function(one)
        return ("  %s: %s %s: %s"):format(printable(one.table), one.kind, printable(one.name),
            printable(one.reason))
    end)
end

local function inexact(lines, result, verbose)
    local title = "Kept in value, not in form (a way back would write them otherwise):"
    section(lines, title, result.inexact, verbose, function(one)
        return ("  %s.%s: %s of %s as %s"):format(printable(one.table), printable(one.column),
            grouped(one.inexact), counted(one.values, "value", "values"), one.type)
    end)
end

local function defaulted(lines, result, verbose)
    section(lines, "NULLs that would take their column's default (on_null):", result.defaulted, verbose, function(one)
        return ("  %s.%s: %s: %s"):format(printable(one.table), printable(one.column),
            counted(one.values, "value", "values"), printable(one.default))
    end)
end

local function missed(lines, result, verbose)
    section(lines, "Keys that a lookup does not have (missing):", result.missed, verbose, function(one)
        return ("  %s.%s: %s not in %s: %s"):format(printable(one.table), printable(one.column),
            counted(one.values, "value", "values"), printable(one.lookup),
            one.missing == "null" and "NULL" or "kept")
    end)
end

---Bytes as a person reads them.
---@param bytes number
---@return string
function text.bytes(bytes)
    local units, at = { "bytes", "kB", "MB", "GB", "TB" }, 1
    while bytes >= 1000 and at < #units do
        bytes, at = bytes / 1000, at + 1
    end
    return (at == 1 and "%d %s" or bytes < 10 and "%.1f %s" or "%.0f %s"):format(at == 1 and math.ceil(bytes) or bytes,
        units[at])
end

text.seconds = progress.span

local function estimate(lines, result)
    local one = result.estimate
    if one then
        local said = "Estimate, rough: %s for the load; %s in tables and %s in keys and indexes, and up to as much "
            .. "again in the server's log (WAL) meanwhile"
        heading(lines, said:format(text.seconds(one.seconds), text.bytes(one.table_bytes),
            text.bytes(one.index_bytes)))
    end
end

-- The last line: what a run would do, and where.
local function verdict(result)
    local said
    if result.error then
        said = result.status == "interrupted" and "interrupted" or "FAILED"
        said = ("%s: %s"):format(said, printable(result.error.message:match "^[^\n]*"))
    elseif result.status == "refused" then
        said = "refused: a run would write nothing"
    elseif result.verdict.stops then
        said = "a run would stop half-way at what does not fit"
    elseif result.verdict.too_many then
        said = "a run would stop half-way: " .. result.verdict.too_many
    else
        local tables, rows = #result.tables, result.verdict.loaded
        said = ("a run would load %s of %s"):format(counted(rows, "row", "rows"), counted(tables, "table", "tables"))
        if result.verdict.rejected > 0 then
            said = said .. (", and reject %s"):format(grouped(result.verdict.rejected))
        end
        said = (result.exit == 0 and "clean: " or "findings: ") .. said
    end
    local into = result.target and target.describe(result.target) or "an empty database"
    return ("check: %s; target %s. Nothing was written."):format(said, into)
end

-- What a dry run cannot promise: a file in use goes on.
local function as_of(lines, result)
    local taken = result.sources[1] and result.sources[1].taken
    if taken then
        lines[#lines + 1] = ""
        lines[#lines + 1] = ("The source is in use: all this is as of %s, and says nothing of rows that come later.")
            :format(moment.text(taken // 1000000))
    end
end

---The whole report.
---@param result wherry.CheckResult
---@param console wherry.Console
---@param source string as it was given, fit for display
---@return string
function text.full(result, console, source)
    local lines, resolved = {}, result.resolved
    if resolved then
        lines[1] = ("%s into %s, schema %s, %s"):format(printable(source),
            result.target and target.describe(result.target) or "an empty database", printable(resolved.target_schema),
            resolved.mode == "create" and "tables are created" or "into the tables that are there")
        summary(lines, result)
    end
    refusals(lines, result)
    found(lines, result)
    unseen(lines, result, console.verbose)
    inexact(lines, result, console.verbose)
    defaulted(lines, result, console.verbose)
    missed(lines, result, console.verbose)
    estimate(lines, result)
    as_of(lines, result)
    if lines[1] then
        lines[#lines + 1] = ""
    end
    lines[#lines + 1] = console:paint(result.exit == 0 and "good" or "bad", verdict(result))
    return table.concat(lines, "\n") .. "\n"
end

return text
