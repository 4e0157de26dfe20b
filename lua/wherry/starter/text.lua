-- starter/text.lua: a first migration script as Lua text. What has to be said is active, what could be is a comment;
-- each line has its evidence.
local place = require "wherry.place"

local text = {}

local RESERVED = {}
for word in ([[and break do else elseif end false for function goto if in local nil not or repeat return then true
    until while]]):gmatch "%a+" do
    RESERVED[word] = true
end

local WORDS = { "type", "stored", "on_bad" } -- of a column, in the order in which they are read
local EVIDENCE_COLUMN, WIDEST = 60, 120 -- where a comment behind code begins, if there is room

local function key_text(name)
    return name:find "^[%a_][%w_]*$" and not RESERVED[name] and name or ("[%s]"):format(text.quote(name))
end

---A Lua string literal on one line, whatever bytes it is made of.
---@param value string
---@return string
function text.quote(value)
    return (("%q"):format(value):gsub("\\\n", "\\n"):gsub("\r", "\\13"))
end

-- Evidence stands behind the code, or on a line before it where that gets too long.
local function line(indent, code, evidence)
    local start = (" "):rep(indent) .. code
    if not evidence then
        return start
    end
    local shown = "-- " .. place.printable(evidence)
    local behind = start .. (" "):rep(math.max(2, EVIDENCE_COLUMN - #start)) .. shown
    return #behind <= WIDEST and behind or ("%s%s\n%s"):format((" "):rep(indent), shown, start)
end

local function column_code(column)
    local parts = {}
    for _, word in ipairs(WORDS) do
        if column.keys[word] then
            parts[#parts + 1] = ("%s = %s"):format(word, text.quote(column.keys[word]))
        end
    end
    return ("%s = { %s },"):format(key_text(column.name), table.concat(parts, ", "))
end

local function table_lines(lines, t)
    if t.skip then
        lines[#lines + 1] = line(4, ("%s = w.skip %s,"):format(key_text(t.name), text.quote(t.skip)), t.evidence)
        return
    end
    local active = false
    for _, column in ipairs(t.columns) do
        active = active or column.active
    end
    local mark = active and "" or "-- "
    if not t.columns[1] then
        lines[#lines + 1] = line(4, ("-- %s = {},"):format(key_text(t.name)), t.evidence)
        return
    end
    lines[#lines + 1] = line(4, ("%s%s = { columns = {"):format(mark, key_text(t.name)), t.evidence)
    for _, column in ipairs(t.columns) do
        lines[#lines + 1] = line(6, (column.active and "" or "-- ") .. column_code(column), column.evidence)
    end
    lines[#lines + 1] = line(4, mark .. "} },")
end

local HEAD = [[
-- Moves %s to PostgreSQL.
-- Written by wherry init from what the file holds: lines that are comments are suggestions, each with what was found in
-- the data. The keys: wherry help scripts.
--   wherry plan SCRIPT     what a run would do
--   wherry check SCRIPT    every row tried, nothing written
--   wherry run SCRIPT      does it
local w = require "wherry"

return w.plan {
  from = w.sqlite %s,  -- a relative path counts from this script's folder
  -- to = w.pg "$DATABASE_URL", -- without it: DATABASE_URL, else PGHOST, PGSERVICE or PGDATABASE
  -- schema = "existing",       -- the tables are there: made by Alembic or an ORM
  -- idiomatic = true,          -- jsonb, uuid, timestamptz and date wherever all values allow it
  -- on_bad = "reject",         -- rows that do not fit go to wherry.reject, all others arrive
  tables = {]]

---The script.
---@param found wherry.Starter
---@param path string as the script has to name the file
---@return string
function text.script(found, path)
    local lines = { HEAD:format(place.printable(path), text.quote(path)) }
    for _, t in ipairs(found.tables) do
        table_lines(lines, t)
    end
    lines[#lines + 1] = "  },\n}"
    for i, object in ipairs(found.not_carried) do
        if i == 1 then
            lines[#lines + 1] = "\n-- Not carried:"
        end
        lines[#lines + 1] = place.printable(("--   %s %s: %s"):format(object.kind, object.name, object.note or ""))
    end
    local others = {}
    for _, finding in ipairs(found.findings) do
        if not finding.code:find "^text_" then
            others[#others + 1] = place.printable(("--   %s%s"):format(finding.table and finding.table .. ": " or "",
                finding.reason))
        end
    end
    if others[1] then
        lines[#lines + 1] = "\n-- Look at this, too (wherry inspect tells more):\n" .. table.concat(others, "\n")
    end
    return table.concat(lines, "\n") .. "\n"
end

return text
