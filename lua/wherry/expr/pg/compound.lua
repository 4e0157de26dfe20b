-- Several SELECTs or rows of VALUES as one result: each column gets one kind.
local convert = require "wherry.expr.pg.convert"
local Grouping = require "wherry.expr.pg.grouping"
local result = require "wherry.expr.pg.result"

local compound = {}

local NUMERIC = { integer = true, boolean = true, real = true, number = true }

-- The kind of a column whose terms come from several places.
local function kind_of(p, terms, name)
    local kinds, list = {}, {}
    for _, term in ipairs(terms) do
        if term.kind ~= "null" and not kinds[term.kind] then
            kinds[term.kind] = true
            list[#list + 1] = term.kind
        end
    end
    if #list < 2 then
        local kind = list[1] or "null"
        for _, term in ipairs(terms) do
            if kind == "boolean" and term.kind == kind and not term.column then
                return "integer"
            elseif kind == "time" and term.kind == kind and term.type ~= terms[1].type then
                p:refuse(("the column %s holds times of different types"):format(name))
            end
        end
        return kind
    end
    for _, kind in ipairs(list) do
        if not NUMERIC[kind] then
            table.sort(list)
            p:refuse(("the column %s holds values of several kinds (%s)"):format(name, table.concat(list, ", ")))
        end
    end
    if kinds.real and kinds.number then
        p:refuse(("the column %s holds reals beside decimals"):format(name))
    elseif kinds.real then
        p:note(("whole numbers of the column %s come as reals"):format(name))
        return "real"
    end
    return kinds.number and "number" or "integer"
end

local function as_kind(p, term, kind)
    if term.kind == "null" then
        return p:term { sql = "NULL::" .. result.type_of(kind), kind = kind, atomic = true }
    elseif term.kind ~= kind then
        term = kind == "number" and convert.as(p, term, "integer") or convert.as(p, term, kind)
    end
    if kind == "number" and term.kind == "integer" then
        return p:term { sql = p:wrap(term) .. "::numeric", kind = "number", atomic = true, nullable = term.nullable }
    end
    return result.typed(p, term)
end

---Brings the columns of all rows to one kind each.
---@param p wherry.Printer
---@param rows wherry.Term[][] of equal length
---@param names string[]
---@return wherry.Term[][] shown
---@return table[] columns kind, affinity, collation, nullable and bits of each
function compound.unify(p, rows, names)
    local shown, columns = {}, {}
    for r = 1, #rows do
        shown[r] = {}
    end
    for i, name in ipairs(names) do
        local terms, collation, nullable, bits = {}, nil, false, 0
        for r, row in ipairs(rows) do
            terms[r] = row[i]
            collation = collation or row[i].collation
            nullable = nullable or row[i].nullable ~= false
            bits = bits and row[i].bits and math.max(bits, row[i].bits)
        end
        local kind = kind_of(p, terms, name)
        for r, term in ipairs(terms) do
            shown[r][i] = #rows == 1 and result.typed(p, term) or as_kind(p, term, kind)
        end
        columns[i] = {
            kind = kind == "dynamic" and "mixed" or shown[1][i].kind, affinity = terms[1].affinity,
            collation = collation, nullable = nullable,
            not_null = not nullable, bits = kind == "integer" and bits or nil, type = terms[1].type,
            explicit_collation = terms[1].explicit_collation,
        }
    end
    return shown, columns
end

---Refuses to drop equal rows where SQLite compares otherwise than PostgreSQL.
---@param p wherry.Printer
---@param columns table[]
---@param operator string
function compound.check_equality(p, columns, operator)
    for _, column in ipairs(columns) do
        if Grouping.folded(p, { kind = column.kind, collation = column.collation, sql = "", collated = true }) then
            p:refuse(("%s goes by the collation %s"):format(operator, column.collation))
        elseif column.kind == "mixed" or column.kind == "json" then
            p:note(("%s compares a column that holds %s"):format(operator, column.kind == "json" and "jsonb"
                or "integers and texts as text"))
        end
    end
end

---Rows of VALUES.
---@param p wherry.Printer
---@param node table
---@return wherry.Term[][]
function compound.rows(p, node)
    local rows = {}
    for i, row in ipairs(node.rows) do
        rows[i] = p:print_all(row)
        if #row ~= #node.rows[1] then
            p:refuse "all VALUES must have the same number of terms"
        end
    end
    return rows
end

---The text of VALUES.
---@param shown wherry.Term[][]
---@return string
function compound.values(shown)
    local lines = {}
    for i, row in ipairs(shown) do
        local parts = {}
        for c, term in ipairs(row) do
            parts[c] = term.sql
        end
        lines[i] = "(" .. table.concat(parts, ", ") .. ")"
    end
    return "VALUES " .. table.concat(lines, ", ")
end

---Parts joined from left to right, as SQLite does; INTERSECT binds stronger in PostgreSQL.
---@param texts string[]
---@param operators string[]
---@param separator string white space between parts
---@return string
function compound.join(texts, operators, separator)
    local sql, weak = texts[1], false
    for i, operator in ipairs(operators) do
        if operator == "INTERSECT" and weak then
            sql = "(" .. sql .. ")"
        end
        weak = weak or operator ~= "INTERSECT"
        sql = sql .. separator .. operator .. separator .. texts[i + 1]
    end
    return sql
end

return compound
