-- Indexes of a created target: over columns and expressions, of all rows or a part, in SQLite's order of NULL.
local collations = require "wherry.schema.collations"
local long_keys = require "wherry.schema.long_keys"
local merging = require "wherry.schema.merging"
local names = require "wherry.names"
local parse = require "wherry.expr.parse"
local pg = require "wherry.expr.pg"
local scope = require "wherry.expr.pg.scope"
local sqlite = require "wherry.expr.sqlite"
local translation = require "wherry.schema.translation"

local indexes = {}

-- PostgreSQL's limit for the columns of an index.
indexes.MOST_COLUMNS = 32

-- Kinds that PostgreSQL sorts as SQLite does.
local ORDERED = { integer = true, real = true, number = true, text = true, blob = true, boolean = true }

-- Kinds of expressions that can be long.
local HAS_LENGTH = { text = true, blob = true, mixed = true, json = true }

-- Kinds of columns whose values are in another order; a unique key tells more of them.
local UNSORTED = { mixed = true, json = true, declared = true }

-- The statement as a tree. It is only asked for what the catalog does not tell.
local function parsed(index)
    local statement, message = parse.create(index.sql or "")
    if not statement then
        return nil, "its statement is not understood: " .. message
    elseif statement.t ~= "create_index" or #statement.columns ~= #index.columns then
        return nil, "its statement and SQLite's own reading of it differ"
    end
    return statement
end

-- Whether nothing differs but that PostgreSQL raises an error where SQLite goes on: what it takes, it compares alike.
local function only_refuses(printed)
    for _, note in ipairs(printed.notes or {}) do
        if not note:find("an error", 1, true) or note:find(" and ", 1, true) then
            return false
        end
    end
    return true
end

local function print_options(work, entry)
    return { scope = scope.of_table(entry), use = "index", schema = work.schema }
end

-- A function's call stands in an index as it is, every other expression in parentheses.
local function in_index(sql)
    return (sql:find("^[a-z_][a-z0-9_.]*%b()$") or sql:find("^COALESCE%b()$")) and sql or "(" .. sql .. ")"
end

-- An expression of an index, whether it is never NULL, and whether it can be long; nil and the reason where it is not
-- carried. The catalog knows by which collation SQLite compares it.
local function expression_term(work, entry, part, node, notes)
    local printed, reason = pg.value(node, print_options(work, entry))
    if not printed then
        return nil, reason
    end
    translation.use(work, printed)
    notes:add_printed(printed)
    notes.differs = notes.differs or not only_refuses(printed)
    if printed.kind == "null" then
        return "(NULL::text)"
    end
    if not ORDERED[printed.kind] then
        notes:add(("values of several classes (%s) are sorted in another order"):format(printed.sql), true)
        notes.differs = true
    end
    if printed.kind ~= "text" then
        return in_index(printed.sql), printed.not_null, HAS_LENGTH[printed.kind]
    end
    if part.collation and part.collation ~= "BINARY" and not collations.fold("", part.collation) then
        notes:add(("compares exactly, %s is not carried"):format(part.collation), true)
        notes.differs = true
    end
    local literal = printed.sql:match("^E?'(.*)'$")
    if literal and not literal:gsub("''", ""):find("'", 1, true) then
        printed.sql = printed.sql .. "::text" -- a literal alone has no type in an index
    end
    local collated = printed.collated and printed.sql or ("(%s) COLLATE \"C\""):format(printed.sql)
    return collations.fold(collated, part.collation)
        or in_index(printed.sql) .. (printed.collated and "" or ' COLLATE "C"'), printed.not_null, true
end

-- An expression without the COLLATE around it, which the catalog tells.
local function bare(node)
    while node.t == "collate" do
        node = node.operand
    end
    return node
end

local function column_term(entry, index, part, notes)
    local column = entry.column[part.name]
    local term = collations.term(column, part.collation)
    notes:add(term.note, true)
    if not index.unique and UNSORTED[column.kind] then
        notes:add(("%s sorts as %s does, not as in SQLite"):format(term.sql, column.type.display), true)
    end
    return term.sql, column.not_null, term.plain
end

-- NULL is the least value in SQLite. Without NULLs the direction alone says it, and the index serves a plain ORDER BY.
local function with_order(sql, part, not_null)
    sql = part.desc and sql .. " DESC" or sql
    return not_null and sql or sql .. (part.desc and " NULLS LAST" or " NULLS FIRST")
end

---@class wherry.IndexTerms
---@field list string[] as the index has them
---@field sql string[] without their order
---@field expressions {sql: string}[] the expressions among them that can be long, as SQLite's text
---@field long table<integer, boolean> their places
---@field columns string[] the source columns among them
---@field collations string[]
---@field plain boolean only columns, each compared as it is

-- The terms of an index; nil and the reason where one cannot be carried.
local function terms_of(work, entry, index, statement, notes)
    local terms = { list = {}, sql = {}, columns = {}, collations = {}, expressions = {}, long = {}, plain = true }
    for i, part in ipairs(index.columns) do
        local sql, not_null, plain
        local reason = part.name and collations.without_order(entry.column[part.name])
        if reason then
            return nil, reason
        elseif part.name then
            sql, not_null, plain = column_term(entry, index, part, notes)
            terms.columns[#terms.columns + 1], terms.collations[#terms.columns + 1] = part.name, part.collation
        else
            local node = bare(statement.columns[i].expr)
            sql, not_null, terms.long[i] = expression_term(work, entry, part, node, notes)
            if not sql then
                return nil, not_null
            end
            terms.expressions[#terms.expressions + 1] = terms.long[i] and { sql = sqlite.expression(node) } or nil
        end
        terms.plain = terms.plain and plain == true
        terms.sql[i], terms.list[i] = sql, with_order(sql, part, not_null)
    end
    return terms
end

local function where_of(work, entry, statement, notes)
    local printed, reason = pg.condition(statement.where, print_options(work, entry))
    if not printed then
        return nil, reason
    end
    translation.use(work, printed)
    notes:add_printed(printed)
    notes.differs = notes.differs or not only_refuses(printed)
    return " WHERE " .. printed.sql
end

-- What an index consists of in PostgreSQL; nil and the reason where it cannot be carried.
local function translate(work, entry, index, notes)
    if #index.columns > indexes.MOST_COLUMNS then
        return nil, nil, ("%d columns, PostgreSQL takes %d in an index"):format(#index.columns, indexes.MOST_COLUMNS)
    end
    local statement, reason
    if index.partial or index.expression then
        statement, reason = parsed(index)
        if not statement then
            return nil, nil, reason
        end
    end
    local terms, where
    terms, reason = terms_of(work, entry, index, statement, notes)
    if terms and index.partial then
        where, reason = where_of(work, entry, statement, notes)
    end
    if reason then
        return nil, nil, reason
    end
    return terms, where or ""
end

-- Whether the index can be unique: only where its expressions give the same results.
local function keeps_unique(work, entry, index, terms, notes)
    if not index.unique then
        return false
    elseif notes.differs then
        notes:add("an index that is not unique instead", true)
        return false
    end
    return not merging.found(work, entry, terms.columns, terms.collations, notes)
end

-- Values too long for a B-tree: a unique index holds their digests, one of a single column is a hash index. nil: the
-- index cannot be carried.
local function shorten(entry, index, terms, unique, bytes, notes)
    notes:add(long_keys.note(bytes), true)
    terms.plain = false
    if unique and long_keys.digests(entry, terms.columns) then
        for i, part in ipairs(index.columns) do
            terms.list[i] = part.name and long_keys.term(entry, part.name, terms.sql[i])
                or terms.long[i] and ("md5(%s)"):format(terms.sql[i]) or terms.sql[i]
        end
        notes:add("unique by " .. table.concat(terms.list, ", "))
        return ""
    elseif not unique and #index.columns == 1 then
        terms.list[1] = terms.sql[1]
        notes:add("a hash index, which finds equal values and does not sort")
        return "USING hash "
    end
    return nil
end

-- Adds the receipt why an index is not carried.
local function refuse(work, entry, index, reason)
    translation.not_carried(work, "index", index.name, entry, index.sql and (index.partial or index.expression)
        and ("%s: %s"):format(reason, translation.one_line(index.sql)) or reason)
end

---Adds an index, or the receipt why it is not carried.
---@param work wherry.Translation
---@param entry wherry.Translated
---@param index wherry.Index
function indexes.add(work, entry, index)
    local notes = translation.notes()
    local terms, where, reason = translate(work, entry, index, notes)
    if not terms then
        refuse(work, entry, index, reason)
        return
    end
    local unique = keeps_unique(work, entry, index, terms, notes)
    local bytes = long_keys.bytes(work, entry, terms.columns, terms.expressions)
    local method = bytes and shorten(entry, index, terms, unique, bytes, notes) or not bytes and ""
    if not method then
        refuse(work, entry, index, long_keys.note(bytes))
        return
    end
    notes:add(work.index_notes[index.name], true)
    local is_key = unique and terms.plain and not index.partial
    if is_key then
        entry.unique[translation.set_of(terms.columns)] = true
    end
    if unique then
        entry.arbiters[index] = table.concat(bytes and terms.list or terms.sql, ", ")
    end
    local name = work.index_names[index.name]
    translation.object(work, {
        kind = "index", name = name, table = entry.source.name, target = translation.qualified(work, entry),
        sql = ("CREATE %sINDEX %s ON %s %s(%s)%s"):format(unique and "UNIQUE " or "", names.quote_pg(name),
            translation.qualified(work, entry), method, table.concat(terms.list, ", "), where),
        outcome = notes.outcome, note = notes:text(),
        key = { columns = translation.target_columns(entry, terms.columns), unique = is_key,
            terms = unique and (bytes and terms.list or terms.sql) or nil,
            where = unique and where:match "^ WHERE (.*)$" or nil },
    })
end

return indexes
