-- A value as a column stores it: SQLite's affinity first, then the type that was created.
local constant = require "wherry.expr.pg.constant"
local convert = require "wherry.expr.pg.convert"
local scope = require "wherry.expr.pg.scope"

local assign = {}

local NUMERIC = { integer = true, real = true, numeric = true }
local TRUE = { ["true"] = true, t = true, yes = true, y = true, on = true }
local FALSE = { ["false"] = true, f = true, no = true, n = true, off = true }

local function cannot(p, term, column)
    p:refuse(("%s cannot be of type %s"):format(term.sql, column.type.display))
end

-- A value that is known, as affinity leaves it.
local function known(p, term, affinity)
    local value, kind = term.constant, term.kind == "boolean" and "integer" or term.kind
    if affinity == "text" and type(value) ~= "string" then
        kind, value = "text", constant.text(value)
    elseif NUMERIC[affinity] and kind == "text" then
        local number = constant.numeric(value)
        if number ~= nil then
            kind, value = math.type(number) == "integer" and "integer" or "real", number
        end
    end
    if affinity == "real" and kind == "integer" then
        kind, value = "real", value + 0.0
    elseif NUMERIC[affinity] and affinity ~= "real" and kind == "real" then
        local whole = value >= -2.0 ^ 63 and value < 2.0 ^ 63 and math.tointeger(value)
        kind, value = whole and "integer" or "real", whole or value
    end
    return constant.term(p, kind, value)
end

-- A value that no affinity makes a number: it is known, a blob, or a text with hyphens in it.
local function never_number(term)
    return term.constant ~= nil or term.kind == "blob" or (term.kind == "text" and term.never_number)
end

-- Where the column's affinity does not make numbers of texts and whole reals, the created type does.
local function note_conversion(p, term, column)
    if not NUMERIC[column.affinity] then
        p:note(("%s: a %s is stored as the number that it stands for"):format(column.name, term.kind))
    end
end

-- A text that may look like a number, which SQLite would store as that number.
local function may_be_number(term, column)
    return term.kind == "text" and term.constant == nil and NUMERIC[column.affinity]
        and not (term.never_number or (term.column and NUMERIC[term.affinity]))
end

local to = {}

function to.integer(p, term, column)
    if term.kind == "integer" or term.kind == "boolean" then
        return convert.as(p, term, "integer")
    elseif never_number(term) then
        cannot(p, term, column)
    elseif term.whole then
        local sql = term.sql:match "^(.*::bigint)::text$" or p:wrap(term) .. "::bigint"
        return p:term { sql = sql, kind = "integer", atomic = true, nullable = term.nullable }
    end
    note_conversion(p, term, column)
    p:note(("%s: what is no whole number is an error, SQLite keeps it as it is"):format(column.name))
    return p:term { sql = p:call("sqlite_whole", convert.double(p, term).sql), kind = "integer", atomic = true,
        nullable = term.nullable }
end

-- SQLite makes doubles of integers in REAL columns only.
local function note_double(p, term, column)
    if column.affinity ~= "real" and term.kind ~= "real" and not (term.bits and term.bits <= 53) then
        p:note(("%s: integers beyond 2^53 are stored as the nearest double"):format(column.name))
    end
end

function to.real(p, term, column)
    if convert.is_number(term) then
        note_double(p, term, column)
        return term.kind == "real" and term or convert.as(p, term, "real")
    elseif never_number(term) then
        cannot(p, term, column)
    end
    note_conversion(p, term, column)
    note_double(p, term, column)
    p:note(("%s: a text that is no number is an error, SQLite keeps it as a text"):format(column.name))
    return p:term { sql = p:call("sqlite_number", term.sql) .. "::double precision", kind = "real", atomic = true,
        nullable = term.nullable }
end

function to.number(p, term, column)
    if column.type.name == "float8" then
        return to.real(p, term, column)
    elseif term.kind == "integer" or term.kind == "number" or term.bare then
        return term
    elseif term.kind == "boolean" then
        return convert.as(p, term, "integer")
    elseif term.kind == "real" then
        -- By its shortest digits; a cast would keep 15 of them.
        return p:term { sql = p:wrap(term) .. "::text::numeric", kind = "number", atomic = true,
            nullable = term.nullable }
    elseif never_number(term) then
        cannot(p, term, column)
    end
    note_conversion(p, term, column)
    p:note(("%s: a text that is no number is an error, SQLite keeps it as a text"):format(column.name))
    return p:term { sql = p:call("sqlite_number", term.sql), kind = "number", atomic = true, nullable = term.nullable }
end

function to.text(p, term, column)
    if term.kind == "text" then
        if may_be_number(term, column) then
            p:note(("%s: a text that looks like a number stays a text"):format(column.name))
        end
        return term
    elseif term.kind == "blob" then
        p:note(("%s: a blob is stored as text"):format(column.name))
    elseif column.affinity ~= "text" then
        p:note(("%s: a number is stored as its text"):format(column.name))
    end
    return convert.as(p, term, "text")
end

function to.blob(p, term, column)
    if term.kind == "blob" then
        return term
    elseif term.kind ~= "text" then
        cannot(p, term, column)
    end
    p:note(("%s: a text is stored as its bytes"):format(column.name))
    return convert.as(p, term, "blob")
end

local function truth_of(term)
    local value = term.constant
    if type(value) == "string" then
        local word = value:lower():match("^%s*(.-)%s*$")
        return TRUE[word] and 1 or FALSE[word] and 0 or nil, true
    end
    return (value == 0 or value == 1) and math.tointeger(value) or nil, false
end

function to.boolean(p, term, column)
    if term.kind == "boolean" then
        return term
    elseif term.constant ~= nil then
        local truth, word = truth_of(term)
        if not truth then
            cannot(p, term, column)
        elseif word then
            p:note(("the text %s becomes a boolean"):format(term.sql))
        end
        return constant.term(p, "boolean", truth)
    elseif not convert.is_number(term) then
        cannot(p, term, column)
    elseif term.kind ~= "integer" or term.bits ~= 1 or term.least ~= 0 then
        p:note(("%s: what is neither 0 nor 1 is an error, SQLite keeps it as it is"):format(column.name))
        return p:term { sql = p:call("sqlite_boolean", convert.double(p, term).sql), kind = "boolean", atomic = true,
            nullable = term.nullable }
    end
    return convert.condition(p, term)
end

function to.mixed(p, term, column)
    if column.type.name ~= "text" then
        p:refuse(("a column of type %s"):format(column.type.display))
    end
    return to.text(p, term, column)
end

-- Types whose values are not text: what has such a form itself, or is known.
local function special(p, term, column, kind)
    local own = term.time and term.time[column.type.name]
    if own then
        return p:term { sql = own, kind = kind, atomic = true, nullable = term.nullable }
    elseif term.kind == kind and (not term.type or term.type.name == column.type.name) then
        return term
    elseif kind == "json" and (term.kind == "json" or term.kind == "text") then
        if term.kind == "text" then
            p:note(("%s: a text that is no JSON is an error"):format(column.name))
        end
        return p:term { sql = p:wrap(term) .. "::" .. column.type.name, kind = kind, atomic = true,
            nullable = term.nullable }
    elseif kind == "uuid" and term.kind == "text" then
        p:note(("%s: a text that is no UUID is an error"):format(column.name))
        return p:term { sql = p:wrap(term) .. "::uuid", kind = kind, atomic = true, nullable = term.nullable }
    end
    p:refuse(("a value for a column of type %s"):format(column.type.display))
end

-- A value in a JSON document for a column of numbers: a number, or a text that looks like one.
local function number_in_document(p, term, column)
    local sql = p:call("sqlite_json_stored", table.unpack(term.dynamic))
    local number = p:term { sql = sql, kind = "number", atomic = true, nullable = term.nullable }
    p:note(("%s: a text that is no number is an error, SQLite keeps it as a text"):format(column.name))
    if column.kind == "real" or column.type.name == "float8" then
        note_double(p, number, column)
        return convert.as(p, number, "real")
    elseif column.kind == "number" then
        return number
    end
    return to[column.kind](p, number, column)
end

local NUMBERS = { integer = true, real = true, number = true, boolean = true }

-- A value for a column whose type the plan declares: only the moment now is known to be one.
local function for_declared(p, term, column)
    local now = column.type.stored ~= "uuid_net" and term.time and term.time[column.type.name]
    if not now then
        p:refuse(("a value for %s, which is %s by the plan"):format(column.name, column.type.display))
    elseif column.type.stored and column.type.stored ~= "iso" or column.type.zone then
        p:note(("%s: the moment now, whatever SQLite's text in UTC would be read as"):format(column.name))
    end
    return p:term { sql = now, kind = "declared", atomic = true, nullable = false }
end

---A term as the value of a column.
---@param p wherry.Printer
---@param term wherry.Term
---@param column wherry.CreatedColumn
---@return wherry.Term
function assign.assign(p, term, column)
    if term.kind == "null" then
        return term
    end
    local kind = column.kind or scope.kind_of(column.type)
    if kind == "json" or kind == "uuid" or kind == "time" then
        return special(p, term, column, kind)
    elseif kind == "declared" or column.declared and column.type.name == "varchar" then
        return for_declared(p, term, column)
    elseif column.declared and column.type.name ~= "int8" and kind == "integer" then
        p:note(("%s: a value beyond %s is an error"):format(column.name, column.type.display))
    end
    if term.dynamic and NUMBERS[kind] and NUMERIC[column.affinity] then
        return number_in_document(p, term, column)
    end
    -- Of a value in a JSON document its text is stored, by a text column exactly.
    if term.dynamic then
        term = convert.as(p, term, "text")
        if column.affinity ~= "text" then
            p:note(("%s: a number is stored as its text"):format(column.name))
        end
    end
    convert.known(p, term)
    if term.constant ~= nil then
        term = known(p, term, column.affinity)
    elseif column.affinity == "text" and convert.is_number(term) then
        term = convert.as(p, term, "text")
    end
    return to[kind](p, term, column)
end

return assign
