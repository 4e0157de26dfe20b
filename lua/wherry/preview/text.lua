-- text.lua: a preview as text that is SQL: statements, and everything else as comments. Two previews of the
-- same input are the same bytes, so that a diff shows what a change of the source or the script changes.
local place = require "wherry.place"
local rows_of = require "wherry.preview.rows"
local steps = require "wherry.plan.steps"
local target = require "wherry.target"

local preview_text = {}

local OUTCOMES = { exact = "exact", changed = "changed", not_carried = "not carried" }

-- A comment on a line of its own, whatever the names in it are made of.
local function comment(text)
    return "-- " .. place.printable(text)
end

local function statement(sql)
    return sql .. ";\n"
end

local function label(object)
    return ("%s %s"):format(object.kind, object.name)
end

local function receipt(object)
    return comment(("%s: %s%s"):format(label(object), OUTCOMES[object.outcome] or object.outcome,
        object.note and ": " .. object.note or ""))
end

local function heading(lines, text)
    lines[#lines + 1] = comment(text) .. "\n"
end

local function rows(lines, resolved)
    heading(lines, "Rows, in the order of the load")
    local list = {}
    for i, line in ipairs(rows_of.lines(resolved)) do
        list[i] = comment(line)
    end
    lines[#lines + 1] = table.concat(list, "\n") .. "\n"
end

local function receipts(lines, objects)
    local list = {}
    for _, object in ipairs(objects) do
        if object.state == nil or object.state == "receipt" then
            list[#list + 1] = receipt(object)
        end
    end
    if list[1] then
        heading(lines, "Receipts")
        lines[#lines + 1] = table.concat(list, "\n") .. "\n"
    end
end

-- The statements of a step of the plan; a function of the script has none.
local function statements_of(lines, resolved, name)
    for _, one in ipairs(resolved and resolved.hooks or {}) do
        for _, sql in ipairs(one.name == name and one.statements or {}) do
            lines[#lines + 1] = statement(sql)
        end
    end
end

local function step(lines, resolved, name)
    for _, one in ipairs(resolved.hooks or {}) do
        if one.name == name then
            heading(lines, ("%s: %s, in one transaction"):format(name, steps.describe(one)))
        end
    end
    statements_of(lines, resolved, name)
end

local function forward(lines, resolved)
    if resolved.create[1] then
        heading(lines, "Before the load")
        for _, sql in ipairs(resolved.create) do
            lines[#lines + 1] = statement(sql)
        end
    end
    step(lines, resolved, "before_load")
    rows(lines, resolved)
    local begun = false
    for _, object in ipairs(resolved.objects) do
        if object.state ~= "receipt" then
            if not begun then
                heading(lines, "After the load")
                begun = true
            end
            local aside = object.state == "aside" and comment("put aside for the load: " .. object.aside_sql) .. "\n"
                or ""
            lines[#lines + 1] = receipt(object) .. "\n" .. aside .. statement(object.sql)
        end
    end
    step(lines, resolved, "after_load")
    if resolved.verify then
        heading(lines, "verify: a function of the script, when all is loaded and counted")
    end
    if resolved.analyze == false then
        heading(lines, "No statistics are taken: run ANALYZE after the load")
    end
    receipts(lines, resolved.objects)
end

local function findings(lines, list)
    if not list[1] then
        return
    end
    heading(lines, ("Findings: a run would write nothing (%d)"):format(#list))
    local shown = {}
    for i, finding in ipairs(list) do
        local where = place.of_finding(finding)
        shown[i] = comment(("%s: %s%s"):format(finding.code, where ~= "" and where .. ": " or "", finding.reason))
            .. (finding.hint and "\n" .. comment("    " .. finding.hint) or "")
    end
    lines[#lines + 1] = table.concat(shown, "\n") .. "\n"
end

---The whole preview.
---@param result wherry.Preview
---@param source string as it was given, fit for display
---@return string
function preview_text.full(result, source)
    local lines, resolved = {}, result.resolved
    if resolved then
        local into = result.target and target.describe(result.target) or "an empty database"
        heading(lines, ("%s into %s, schema %s, %s"):format(source, into, resolved.target_schema,
            resolved.mode == "create" and "tables are created" or "into the tables that are there"))
        forward(lines, resolved)
    elseif result.statements then
        heading(lines, ("The tables of %s for SQLite"):format(source))
        for _, sql in ipairs(result.statements) do
            lines[#lines + 1] = statement(sql)
        end
        receipts(lines, result.objects)
    end
    findings(lines, result.findings)
    return table.concat(lines, "\n")
end

---The statements alone.
---@param result wherry.Preview
---@return string
function preview_text.sql(result)
    local lines, resolved = {}, result.resolved
    for _, sql in ipairs(resolved and resolved.create or result.statements or {}) do
        lines[#lines + 1] = statement(sql)
    end
    statements_of(lines, resolved, "before_load")
    for _, object in ipairs(resolved and resolved.objects or {}) do
        if object.state ~= "receipt" then
            lines[#lines + 1] = statement(object.sql)
        end
    end
    statements_of(lines, resolved, "after_load")
    return table.concat(lines, "\n")
end

return preview_text
