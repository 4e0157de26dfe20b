-- Which declared type and conditions a PostgreSQL column gets in SQLite, so that the affinity keeps every stored value:
-- decimals and everything with digits in it as TEXT, since NUMERIC would make 1.1 of 1.10.
local kinds = require "wherry.expr.back.kinds"
local literal = require "wherry.expr.sqlite.name"

local sqlite_types = {}

---@class wherry.SqliteType
---@field declared string
---@field kind wherry.BackKind
---@field collation string?
---@field checks string[] conditions that the type stands for
---@field note string? what is another form of the value
---@field range string? the type whose range SQLite does not check
---@field form string? the type whose form SQLite does not check
---@field form_kept string? the form of the values that a journal knows, where it is not the type's first one

-- The most digits that an integer of 64 bits holds whatever they are.
local MOST_DIGITS = 18

local INTEGERS = { [16] = "smallint", [32] = "integer" }

local FORMS = {
    uuid = "text of 36 characters", date = "text, YYYY-MM-DD", timestamp = "text, YYYY-MM-DD HH:MM:SS.ffffff",
    timestamptz = "text in UTC, YYYY-MM-DD HH:MM:SS.ffffff+00:00", time = "text, HH:MM:SS.ffffff",
    timetz = "text, with its offset", interval = "text, ISO 8601",
}

local OTHERS = {
    tsvector = "text; the search is not carried", tsquery = "text", xml = "text", money = "text, decimal digits",
}

local GEOMETRIC = { point = true, lseg = true, box = true, path = true, polygon = true, circle = true, line = true,
    hstore = true }

local function list(labels)
    local quoted = {}
    for i, label in ipairs(labels) do
        quoted[i] = literal.text(label)
    end
    return table.concat(quoted, ", ")
end

local makers = {}

function makers.integer(_, kind)
    return { declared = "INTEGER", range = INTEGERS[kind.bits] }
end

function makers.real()
    return { declared = "REAL" }
end

function makers.decimal(_, kind)
    if kind.scale == 0 and kind.precision <= MOST_DIGITS then
        kind.as_integer = true
        return { declared = ("DECIMAL(%d)"):format(kind.precision), range = "numeric" }
    end
    return { declared = "TEXT", form = "numeric",
        note = "text, all its digits; CAST(.. AS REAL) to sort or to calculate" }
end

function makers.text(name, kind)
    if kind.folded then
        return { declared = "TEXT", collation = "NOCASE",
            note = "TEXT COLLATE NOCASE, which knows the case of ASCII letters only" }
    elseif kind.fixed then
        return { declared = ("CHAR(%d)"):format(kind.length or 1), collation = "RTRIM",
            checks = { ("length(rtrim(%s, ' ')) <= %d"):format(name, kind.length or 1) } }
    elseif kind.length then
        return { declared = ("VARCHAR(%d)"):format(kind.length),
            checks = { ("length(%s) <= %d"):format(name, kind.length) } }
    end
    return { declared = "TEXT" }
end

function makers.boolean(name)
    return { declared = "BOOLEAN", checks = { ("%s IN (0, 1)"):format(name) } }
end

function makers.blob()
    return { declared = "BLOB" }
end

-- SQLite's versions differ about json_valid(NULL).
local function json_check(name)
    return { ("%s IS NULL OR json_valid(%s)"):format(name, name) }
end

function makers.json(name, kind)
    return { declared = "TEXT", checks = json_check(name),
        note = kind.binary and "text, as PostgreSQL writes it" or nil }
end

function makers.array(name)
    return { declared = "TEXT", checks = json_check(name), note = "a JSON array" }
end

function makers.enum(name, _, type)
    return { declared = "TEXT", checks = { ("%s IN (%s)"):format(name, list(type.labels or {})) } }
end

function makers.other(_, _, type)
    if GEOMETRIC[type.name] or type.typtype == "c" then
        return { declared = "TEXT", note = "JSON", form = type.domain or type.display }
    end
    return { declared = "TEXT", note = OTHERS[type.name] or "text, as PostgreSQL writes it",
        form = type.domain or type.display }
end

---The type of a column in SQLite.
---@param column wherry.Column of a PostgreSQL model that was read entire
---@param name string the column's name in SQLite, as SQL
---@param settings wherry.PgSettings
---@return wherry.SqliteType
function sqlite_types.choose(column, name, settings)
    local type = column.type
    local kind = type.as_text and { kind = "other", name = type.display } or kinds.of_type(type)
    local maker = makers[kind.kind]
    local made = maker and maker(name, kind, type) or { declared = "TEXT" }
    if kind.kind == "text" then
        local bytewise = column.collation == "C" or column.collation == "POSIX" or column.collation == "ucs_basic"
        kind.bytewise = kind.bytewise or bytewise or (column.collation == nil and settings.bytewise)
        kind.ascii_case = kind.ascii_case or bytewise or (column.collation == nil and settings.ascii_case)
        kind.uneven = column.deterministic == false or nil
        if kind.uneven then
            made.note = ("compared byte by byte, the collation %s takes different texts for equal"):format(
                column.collation)
        end
    elseif FORMS[kind.kind] then
        made.note, made.form = FORMS[kind.kind], type.domain or type.display
    end
    made.kind, made.checks = kind, made.checks or {}
    return made
end

---Takes a type for what the column was in the source, so that its values come back with their class. Values of a form
---of their own are nothing that an expression could be translated for.
---@param made wherry.SqliteType changed in place
---@param known wherry.KnownColumn
function sqlite_types.as_known(made, known)
    made.declared, made.collation, made.note = known.declared, known.collation or made.collation, nil
    if known.form then
        made.kind, made.checks = { kind = "other", name = "a column stored as " .. known.form }, {}
        made.range, made.form, made.form_kept = nil, nil, known.form
    end
end

return sqlite_types
