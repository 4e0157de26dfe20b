-- Two operands of a comparison brought to one class: by SQLite's affinity rules, applied when the text is translated.
local constant = require "wherry.expr.pg.constant"
local convert = require "wherry.expr.pg.convert"
local dynamic = require "wherry.expr.pg.dynamic"

local pair = {}

local NUMERIC = { integer = true, real = true, numeric = true }
local CLASS = {
    integer = "number", real = "number", number = "number", boolean = "number", text = "text", blob = "blob",
    null = "null",
}

---Storage classes in the order in which SQLite compares them.
pair.RANK = { number = 1, text = 2, blob = 3 }

local BEYOND_DOUBLE = "integers beyond 2^53 are compared with reals as doubles"
local LOOKS = "texts that look like numbers are compared as texts"

---The class that a term's kind belongs to, nil where it is not known.
---@param term wherry.Term
---@return "number"|"text"|"blob"|"null"|nil
function pair.class(term)
    return CLASS[term.kind]
end

-- The affinity that a comparison applies to both sides; nil: none.
local function applied(left, right)
    if left.affinity and right.affinity then
        return (NUMERIC[left.affinity] or NUMERIC[right.affinity]) and "numeric" or nil
    end
    local affinity = left.affinity or right.affinity
    return NUMERIC[affinity] and "numeric" or affinity == "text" and "text" or nil
end

-- A text under numeric affinity: the number where it is known to be one, "open" where only the value tells.
local function under_numeric(p, term)
    if term.kind ~= "text" or term.integer then
        return term.integer or term, false
    elseif term.constant ~= nil then
        local number = constant.numeric(term.constant)
        if number == nil then
            return term, false
        end
        return constant.term(p, math.type(number) == "integer" and "integer" or "real", number), false
    end
    -- A column of numeric affinity holds no text that looks like a number.
    return term, not (term.never_number or (term.column and NUMERIC[term.affinity]))
end

local function integral(value)
    return math.type(value) == "float" and math.tointeger(value) or nil
end

-- An integer (or decimal) beside a real that is known: the integer of the same value, where there is one.
local function beside_known_real(p, term, known)
    local value = integral(known.constant)
    if value then
        return term, constant.term(p, "integer", value)
    end
    return term, known
end

local function numbers(p, left, right)
    if left.kind == "boolean" and right.kind == "boolean" then
        return left, right
    end
    left, right = convert.as(p, left, "number"), convert.as(p, right, "number")
    if left.kind == right.kind then
        return left, right
    elseif left.kind ~= "real" and right.constant ~= nil and right.kind == "real" then
        return beside_known_real(p, left, right)
    elseif right.kind ~= "real" and left.constant ~= nil and left.kind == "real" then
        local other, known = beside_known_real(p, right, left)
        return known, other
    elseif left.kind == "real" or right.kind == "real" then
        local other = left.kind == "real" and right or left
        local exact = other.bits and other.bits <= 53
        if other.constant then
            exact = math.tointeger(other.constant + 0.0) == other.constant
        end
        if not exact then
            p:note(BEYOND_DOUBLE)
        end
    end
    return left, right
end

-- A text as a collation compares it.
local function folded(p, term, collation)
    if collation == "NOCASE" then
        if term.constant then
            return constant.term(p, "text", (term.constant:gsub("%u", string.lower)))
        end
        term = convert.under_c(p, term)
        return p:term { sql = ("lower(%s)"):format(term.sql), kind = "text", atomic = true, collated = true,
            nullable = term.nullable }
    elseif collation == "RTRIM" then
        if term.constant then
            return constant.term(p, "text", (term.constant:gsub(" +$", "")))
        end
        return p:term { sql = ("rtrim(%s, ' ')"):format(term.sql), kind = "text", atomic = true,
            collated = term.collated, nullable = term.nullable }
    elseif collation and collation ~= "BINARY" then
        p:refuse(("the collation %s is not known"):format(collation))
    end
    return term
end
pair.folded = folded

local function texts(p, left, right, collation, ordered)
    left, right = folded(p, left, collation), folded(p, right, collation)
    if ordered and not left.collated and not right.collated then
        left = convert.under_c(p, left)
    end
    return left, right
end

-- What a column of texts and integers may be compared with: a known text or integer, for equality.
local function beside_mixed(p, term, other, ordered)
    if ordered or other.constant == nil or other.kind == "blob" or other.kind == "real" then
        convert.known(p, term)
    end
    p:note(("%s holds integers and texts as text and is compared as text"):format(term.sql))
    return convert.as(p, other, "text")
end

local UUID = "^%x%x%x%x%x%x%x%x%-%x%x%x%x%-%x%x%x%x%-%x%x%x%x%-%x%x%x%x%x%x%x%x%x%x%x%x$"
local DAY, MOMENT = "^%d%d%d%d%-%d%d%-%d%d$", "^(%d%d%d%d%-%d%d%-%d%d)[ T](%d%d:%d%d:?%d?%d?%.?%d*)$"

-- A known text as a literal of the type that the column beside it has; nil where it is no such value.
local function typed_literal(p, term, type)
    local text = term.constant
    local literal
    if type.name == "uuid" then
        literal = text:find(UUID) and text
    elseif type.name == "date" then
        literal = text:find(DAY) and text
    elseif type.name == "timestamptz" or type.name == "timestamp" then
        local day, time = text:match(MOMENT)
        literal = (day and day .. " " .. time) or (text:find(DAY) and text .. " 00:00:00")
        literal = literal and type.name == "timestamptz" and literal .. "+00" or literal
    end
    return literal and p:literal_text(literal)
end

-- A column that holds texts as values of their own type, and a text: as two such values, or as two texts.
local function beside_typed(p, column, text, ordered)
    local sql = column.type and text.time and text.time[column.type.name]
    if not sql and column.type and text.constant ~= nil then
        sql = typed_literal(p, text, column.type)
    end
    if not sql then
        local shown = convert.textual(p, column)
        convert.known(p, shown)
        return texts(p, shown, text, nil, ordered)
    end
    p:note(("%s is compared by its value, in SQLite by its text"):format(column.sql))
    return column, p:term { sql = sql, kind = column.kind, atomic = true, nullable = text.nullable, type = column.type }
end

-- Kinds whose text is not the source's: two values of one kind can be compared.
local function special(p, left, right, ordered)
    if left.kind == "mixed" and right.kind ~= "mixed" then
        return left, beside_mixed(p, left, right, ordered)
    elseif right.kind == "mixed" and left.kind ~= "mixed" then
        return beside_mixed(p, right, left, ordered), right
    elseif left.kind == right.kind and (left.kind == "uuid" or left.kind == "time") and left.type == right.type then
        p:note(("a %s is compared by its value, in SQLite by its text"):format(left.kind))
        return left, right
    end
    if (left.kind == "uuid" or left.kind == "time") and CLASS[right.kind] == "text" then
        return beside_typed(p, left, right, ordered)
    elseif (right.kind == "uuid" or right.kind == "time") and CLASS[left.kind] == "text" then
        local typed, other = beside_typed(p, right, left, ordered)
        return other, typed
    end
    convert.known(p, CLASS[left.kind] and right or left)
end

---Brings two terms to one class. Neither is NULL.
---@param p wherry.Printer
---@param left wherry.Term
---@param right wherry.Term
---@param collation string?
---@param ordered boolean their order counts, not only equality
---@return "plain"|"classes"|"open" form plain: PostgreSQL's operator compares them; classes: they never compare by
---value; open: a number and a text that may look like one
---@return wherry.Term left
---@return wherry.Term right
function pair.prepare(p, left, right, collation, ordered)
    if left.dynamic or right.dynamic then
        return dynamic.prepare(p, left, right, collation, ordered)
    elseif not CLASS[left.kind] or not CLASS[right.kind] then
        return "plain", special(p, left, right, ordered)
    end
    local affinity = applied(left, right)
    local left_open, right_open = false, false
    if affinity == "numeric" then
        left, left_open = under_numeric(p, left)
        right, right_open = under_numeric(p, right)
    elseif affinity == "text" then
        left = CLASS[left.kind] == "number" and convert.as(p, left, "text") or left
        right = CLASS[right.kind] == "number" and convert.as(p, right, "text") or right
    end
    local one, other = CLASS[left.kind], CLASS[right.kind]
    if one == "number" and other == "number" then
        return "plain", numbers(p, left, right)
    elseif one ~= other then
        if (left_open and other == "number") or (right_open and one == "number") then
            return "open", left, right
        end
        return "classes", left, right
    elseif one == "text" then
        if left_open or right_open then
            p:note(LOOKS)
        end
        return "plain", texts(p, left, right, collation, ordered)
    end
    return "plain", left, right
end

return pair
