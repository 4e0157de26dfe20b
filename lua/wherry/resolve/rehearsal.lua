-- rehearsal.lua: the server's own word on a translated schema, before anything of it is kept: all is made in a
-- transaction that is taken back. What PostgreSQL refuses is left out with its reason, instead of failing behind a
-- load.
local columns = require "wherry.schema.columns"
local shallow = require "wherry.shallow"

local rehearsal = {}

-- Objects whose statements are translated expressions. A key that is refused stays, and becomes a finding.
local TRANSLATED = { check = true, index = true, view = true, ["function"] = true, trigger = true }

---@class wherry.Part a translated expression inside a CREATE TABLE
---@field kind "check"|"default"|"generated column"
---@field check? wherry.CreatedCheck
---@field column? wherry.CreatedColumn

---@return wherry.Part[]
local function parts_of(target)
    local parts = {}
    for _, column in ipairs(target.columns) do
        if column.generated_sql then
            parts[#parts + 1] = { kind = "generated column", column = column }
        elseif column.default_sql then
            parts[#parts + 1] = { kind = "default", column = column }
        end
    end
    for _, check in ipairs(target.checks or {}) do
        parts[#parts + 1] = { kind = "check", check = check }
    end
    return parts
end

-- The table with one of its parts only.
local function with_only(target, part)
    local variant = shallow.copy(target)
    variant.checks, variant.columns = { part.check }, {}
    for i, column in ipairs(target.columns) do
        variant.columns[i] = shallow.copy(column)
        if column ~= part.column then
            variant.columns[i].default_sql, variant.columns[i].generated_sql = nil, nil
        end
    end
    return variant
end

-- Whether there is anything that only the server can judge. Plain tables and keys are not tried out.
local function has_expressions(created)
    if created.functions[1] then
        return true
    end
    for _, object in ipairs(created.objects) do
        if TRANSLATED[object.kind] and object.kind ~= "index" or object.translated then
            return true
        end
    end
    for _, target in ipairs(created.tables) do
        for _, part in ipairs(parts_of(target)) do
            if part.kind ~= "default" or part.column.default_sql:find("(", 1, true) then
                return true
            end
        end
    end
    return false
end

local function receipt_of(created, target, part)
    for _, receipt in ipairs(created.receipts) do
        if receipt.kind == part.kind and receipt.table == target.source
            and (part.check and receipt.name == part.check.name or part.column and receipt.column == part.column.source)
        then
            return receipt
        end
    end
    return nil
end

local function refusal(fault)
    return ("PostgreSQL refuses its translation (%s)"):format((fault.message:gsub("%s+", " ")))
end

-- Takes a part out of its table.
local function leave_out(created, target, part, fault)
    local receipt = receipt_of(created, target, part)
    local note = refusal(fault)
    if part.check then
        for i, check in ipairs(target.checks) do
            if check == part.check then
                table.remove(target.checks, i)
                break
            end
        end
    elseif part.kind == "generated column" then
        part.column.generated_sql, note = nil, note .. ": a plain column with its values"
    else
        part.column.default_sql = nil
    end
    if receipt then
        receipt.outcome, receipt.note = part.kind == "generated column" and "changed" or "not_carried", note
    end
end

-- Finds the parts for which a table is refused, and leaves them out.
local function mend_table(created, target, before, schema, rehearse)
    local statements, parts = table.move(before, 1, #before, 1, {}), parts_of(target)
    for _, part in ipairs(parts) do
        statements[#statements + 1] = columns.create_sql(schema, with_only(target, part))
        statements[#statements + 1] = "DROP TABLE " .. statements[#statements]:match "^CREATE TABLE (.-) %(\n"
    end
    local refused = rehearse(statements)
    for i, part in ipairs(parts) do
        local fault = refused[#before + 2 * i - 1]
        if fault then
            leave_out(created, target, part, fault)
        end
    end
    target.create_sql = columns.create_sql(schema, target)
end

-- Everything in its order, and by statement the object that it is of.
local function statements_of(created, before)
    local list, owner = table.move(before, 1, #before, 1, {}), {}
    for _, target in ipairs(created.tables) do
        list[#list + 1] = target.create_sql
    end
    for _, object in ipairs(created.objects) do
        for _, sql in ipairs { object.sql, object.tried } do
            list[#list + 1] = sql
            owner[#list] = object
        end
    end
    return list, owner
end

-- By object why it is refused, the first reason of several.
local function refused_objects(refused, owner, count)
    local faults, triggers = {}, {}
    for i = 1, count do
        local object = owner[i]
        if object and refused[i] and not faults[object] then
            faults[object] = refused[i]
            triggers[object.kind == "trigger" and object.name or false] = true
        end
    end
    return faults, triggers
end

-- Objects that are refused become receipts; the function of a trigger goes with it.
local function sift_objects(created, faults, triggers)
    local kept = {}
    for _, object in ipairs(created.objects) do
        local fault = TRANSLATED[object.kind] and faults[object]
        if fault and not object.of_trigger then
            table.insert(created.receipts, { kind = object.kind, name = object.name, table = object.table,
                outcome = "not_carried", note = refusal(fault) })
        elseif not (object.of_trigger and triggers[object.of_trigger]) then
            kept[#kept + 1] = object
        end
    end
    created.objects = kept
end

---Tries a created schema and leaves out of it what the server refuses.
---@param created wherry.Created
---@param before string[] statements before the tables
---@param schema string
---@param rehearse fun(statements: string[]): table<integer, wherry.Failure>
function rehearsal.run(created, before, schema, rehearse)
    if not has_expressions(created) then
        return
    end
    local statements, owner = statements_of(created, before)
    local refused, mended = rehearse(statements), false
    for i, target in ipairs(created.tables) do
        if refused[#before + i] then
            mend_table(created, target, before, schema, rehearse)
            mended = true
        end
    end
    if mended then
        statements, owner = statements_of(created, before)
        refused = rehearse(statements)
    end
    sift_objects(created, refused_objects(refused, owner, #statements))
end

return rehearsal
