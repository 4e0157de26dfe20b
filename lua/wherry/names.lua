-- Names and literals as SQL text for both databases, and the choice of names that PostgreSQL accepts.

local names = {}

-- PostgreSQL keeps 63 bytes of a name and cuts the rest without a word.
local LONGEST = 63

-- All words that are not "unreserved" in PostgreSQL 12 to 17; "json" cannot hurt when it is quoted.
local RESERVED = {}
for word in ([[
    all analyse analyze and any array as asc asymmetric authorization between bigint binary bit boolean both case
    cast char character check coalesce collate collation column concurrently constraint create cross
    current_catalog current_date current_role current_schema current_time current_timestamp current_user dec
    decimal default deferrable desc distinct do else end except exists extract false fetch float for foreign
    freeze from full grant greatest group grouping having ilike in initially inner inout int integer intersect
    interval into is isnull join json json_array json_arrayagg json_exists json_object json_objectagg json_query
    json_scalar json_serialize json_table json_value lateral leading least left like limit localtime
    localtimestamp merge_action national natural nchar none normalize not notnull null nullif numeric offset on
    only or order out outer overlaps overlay placing position precision primary real references returning right
    row select session_user setof similar smallint some substring symmetric system_user table tablesample then
    time timestamp to trailing treat trim true union unique user using values varchar variadic verbose when where
    window with xmlattributes xmlconcat xmlelement xmlexists xmlforest xmlnamespaces xmlparse xmlpi xmlroot
    xmlserialize xmltable
]]):gmatch("%S+") do
    RESERVED[word] = true
end

local SYSTEM_COLUMNS = { ctid = true, xmin = true, cmin = true, xmax = true, cmax = true, tableoid = true }

---An identifier for PostgreSQL, quoted where it has to be.
---@param name string
---@return string
function names.quote_pg(name)
    if name:find("^[a-z_][a-z0-9_]*$") and not RESERVED[name] then
        return name
    end
    return '"' .. name:gsub('"', '""') .. '"'
end

---A table of PostgreSQL as it stands in a FROM for its own rows. Those of a table that inherits from it are that
---table's own; those of a partition are nobody else's.
---@param t { kind: string?, schema: string, name: string }
---@return string
function names.own_rows(t)
    return (t.kind == "p" and "" or "ONLY ") .. names.qualified(t.schema, t.name)
end

---A schema-qualified identifier for PostgreSQL.
---@param schema string
---@param name string
---@return string
function names.qualified(schema, name)
    return names.quote_pg(schema) .. "." .. names.quote_pg(name)
end

---Several identifiers for PostgreSQL, joined by commas.
---@param list string[]
---@return string
function names.list_pg(list)
    local quoted = {}
    for i, name in ipairs(list) do
        quoted[i] = names.quote_pg(name)
    end
    return table.concat(quoted, ", ")
end

---An identifier for SQLite, always quoted: without quotes a keyword of a later version would change its meaning.
---@param name string
---@return string
function names.quote_sqlite(name)
    return '"' .. name:gsub('"', '""') .. '"'
end

---A text literal for PostgreSQL that means the same under every setting of standard_conforming_strings.
---@param text string valid UTF-8 without NUL
---@return string
function names.literal_pg(text)
    local quoted = "'" .. text:gsub("'", "''") .. "'"
    if quoted:find("\\", 1, true) then
        return "E" .. quoted:gsub("\\", "\\\\")
    end
    return quoted
end

---A list of texts as a value of text[], for a parameter.
---@param list string[]
---@return string
function names.array_pg(list)
    local quoted = {}
    for index, text in ipairs(list) do
        quoted[index] = '"' .. text:gsub('[\\"]', "\\%0") .. '"'
    end
    return "{" .. table.concat(quoted, ",") .. "}"
end

---A text literal for SQLite. Text with a NUL has no literal and is written as a cast blob.
---@param text string
---@return string
function names.literal_sqlite(text)
    if text:find("\0", 1, true) then
        local hex = text:gsub(".", function(byte)
            return ("%02x"):format(byte:byte())
        end)
        return "CAST(x'" .. hex .. "' AS TEXT)"
    end
    return "'" .. text:gsub("'", "''") .. "'"
end

---Eight hex digits over a text: FNV-1a of 64 bits, its halves folded together.
---@param text string
---@return string
function names.hash(text)
    local hash = 0xcbf29ce484222325
    for i = 1, #text do
        hash = (hash ~ text:byte(i)) * 0x100000001b3
    end
    return ("%08x"):format((hash ~ (hash >> 32)) & 0xffffffff)
end

-- The longest beginning of at most `limit` bytes that does not end inside a character.
local function cut(name, limit)
    if #name <= limit then
        return name
    end
    local last = limit
    while last > 0 and (name:byte(last + 1) & 0xc0) == 0x80 do
        last = last - 1
    end
    return name:sub(1, last)
end

-- A name in valid UTF-8; every byte that is not becomes \xNN.
local function valid_utf8(name)
    local parts, first = {}, 1
    while true do
        local length, bad = utf8.len(name, first)
        if length then
            parts[#parts + 1] = name:sub(first)
            return table.concat(parts)
        end
        parts[#parts + 1] = name:sub(first, bad - 1)
        parts[#parts + 1] = ("\\x%02x"):format(name:byte(bad))
        first = bad + 1
    end
end

-- The name as PostgreSQL can take it, and what had to be done to it.
local function acceptable(name, columns)
    local notes = {}
    local accepted = name
    if not utf8.len(name) then
        accepted = valid_utf8(name)
        notes[#notes + 1] = "bytes that are not UTF-8 escaped"
    end
    if accepted == "" then -- what a CSV file without a heading leaves behind
        accepted = "unnamed"
        notes[#notes + 1] = "PostgreSQL takes no empty name"
    end
    if columns and SYSTEM_COLUMNS[accepted] then
        accepted = accepted .. "_"
        notes[#notes + 1] = "PostgreSQL has a system column of this name"
    end
    if #accepted > LONGEST then
        accepted = cut(accepted, LONGEST - 9) .. "_" .. names.hash(name)
        notes[#notes + 1] = "shortened, PostgreSQL keeps 63 bytes"
    end
    return accepted, notes
end

---@class wherry.Allocator
---@field taken table<string, boolean>
---@field columns boolean
local Allocator = {}
Allocator.__index = Allocator

---Hands out names that are unique among each other: one allocator for the tables, indexes and sequences of a schema,
---one for the columns and one for the constraints of each table.
---@param existing string[]? names that are taken already
---@param options {columns: boolean?}? columns: keep clear of PostgreSQL's system columns
---@return wherry.Allocator
function names.allocator(existing, options)
    local taken = {}
    for _, name in ipairs(existing or {}) do
        taken[name] = true
    end
    return setmetatable({ taken = taken, columns = options ~= nil and options.columns == true }, Allocator)
end

---Takes a name, changed where it must be.
---@param wanted string
---@return string name
---@return string? note how it was changed and why; nil when it was kept
function Allocator:take(wanted)
    local base, notes = acceptable(wanted, self.columns)
    local name, number = base, 0
    while self.taken[name] do
        number = number + 1
        local suffix = tostring(number)
        name = cut(base, LONGEST - #suffix) .. suffix
    end
    if number > 0 then
        notes[#notes + 1] = "the name was taken"
    end
    self.taken[name] = true
    if name == wanted then
        return name, nil
    end
    return name, ("named %s: %s"):format(name, table.concat(notes, "; "))
end

---Takes names for a whole list. Those that can be kept are kept, whatever else in the list has to be changed.
---@param list string[]
---@return table<string, string> chosen by wanted name
---@return table<string, string> notes by wanted name, of those that were changed
function Allocator:take_all(list)
    local chosen, notes = {}, {}
    for round = 1, 2 do
        for _, wanted in ipairs(list) do
            local keep = acceptable(wanted, self.columns) == wanted and not self.taken[wanted]
            if not chosen[wanted] and (keep or round == 2) then
                chosen[wanted], notes[wanted] = self:take(wanted)
            end
        end
    end
    return chosen, notes
end

return names
