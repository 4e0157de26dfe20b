-- fold.lua: how a JSON document is made of cells of a row: texts that always stand in it, and the values between them.
local json = require "wherry.json"
local model = require "wherry.schema.model"
local names = require "wherry.names"

local fold = {}

---@class wherry.FoldPart a text, and the value of a cell behind it
---@field text string JSON as it stands
---@field sql? string what the reading SELECT gives for the cell
---@field source? string the cell in messages
---@field name? string of the member
---@field json? boolean a text there is JSON itself
---@field cell? integer 1-based, once the table is read

---@class wherry.Fold
---@field parts wherry.FoldPart[]
---@field whole? boolean the document is one value, which may be NULL
---@field computed? boolean and that is an expression's

-- The fewest digits that read back as the same double, and show that it is one.
local function real(value)
    local text
    for digits = 15, 17 do
        text = ("%%.%dg"):format(digits):format(value)
        if tonumber(text) == value then
            break
        end
    end
    return text:find "[.e]" and text or text .. ".0"
end

local function constant(value)
    return value == nil and "null" or math.type(value) == "float" and real(value) or json.encode(value)
end

-- What is built: parts, and the text that the next one begins with.
local function add_cell(work, name, sql, source, is_json)
    work.parts[#work.parts + 1] = { text = work.text, sql = sql, source = source, name = name,
        json = is_json or nil }
    work.text = ""
end

local add

local function add_members(work, given, path)
    work.text = work.text .. "{"
    for i, one in ipairs(given.members) do
        work.text = ("%s%s%s: "):format(work.text, i > 1 and ", " or "", json.encode(one.key))
        add(work, one.value, path and path .. "." .. one.key or one.key)
    end
    work.text = work.text .. "}"
end

function add(work, given, path)
    if given.kind == "constant" then
        work.text = work.text .. constant(given.value)
    elseif given.kind == "fold" then
        add_members(work, given, path)
    elseif given.sql then
        add_cell(work, path, work.compile(given, path), work.label(path, given), given.kind == "json")
    else
        local own = work.outcome:lookup(given.column, model.names(work.t.columns), { kind = "column", side = "source",
            table = work.t.name, column = given.column, code = "unknown_column",
            hint = "a bare text is the name of a source column" })
        if own then
            work.reads[own] = true
        end
        add_cell(work, path, own and names.quote_sqlite(own) or "NULL", own or given.column, given.kind == "json")
    end
end

---The parts of a document.
---@param given wherry.Value of kind fold or json
---@param work { t: wherry.Table, outcome: wherry.Outcome, reads: table<string, boolean>, compile: fun(given:
---wherry.Value, path: string?): string, label: fun(path: string?, given: wherry.Value): string }
---@return wherry.Fold
function fold.compile(given, work)
    work.parts, work.text = {}, ""
    add(work, given, nil)
    local whole = given.kind == "json"
    if not whole then
        work.parts[#work.parts + 1] = { text = work.text }
    end
    return { parts = work.parts, whole = whole or nil, computed = whole and given.sql ~= nil or nil }
end

---A document with the places of its cells in a row that is read.
---@param given wherry.Fold
---@param place_of fun(part: wherry.FoldPart): integer
---@return wherry.Fold
function fold.placed(given, place_of)
    local parts = {}
    for i, part in ipairs(given.parts) do
        parts[i] = { text = part.text, name = part.name, json = part.json, cell = part.sql and place_of(part) or nil }
    end
    return { parts = parts, whole = given.whole, computed = given.computed }
end

return fold
