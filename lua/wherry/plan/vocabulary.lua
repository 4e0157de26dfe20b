-- vocabulary.lua: the keys of a plan, each with its type and its default. The same tables check a script's keys and
-- make the reference, so that neither can say what the other does not.
local declared = require "wherry.plan.declared"
local declared_type = require "wherry.plan.declared_type"
local ends = require "wherry.plan.ends"
local failure = require "wherry.failure"
local hooks = require "wherry.plan.hooks"
local key_check = require "wherry.plan.key_check"
local lookup = require "wherry.plan.lookup"
local match = require "wherry.match"
local merge = require "wherry.plan.merge"
local on_bad = require "wherry.plan.on_bad"
local shallow = require "wherry.shallow"
local sources = require "wherry.plan.sources"
local steps = require "wherry.plan.steps"
local value_of = require "wherry.plan.value"

local vocabulary = {}

---@class wherry.VocabularyKey
---@field key string
---@field type string a name in vocabulary.types
---@field default any the value that a plan without the key has; nil: see default_text
---@field default_text? string the default in words, where it is no plain value
---@field required? boolean
---@field text string what it is for, one sentence

---@type wherry.VocabularyKey[]
vocabulary.plan = {
    { key = "from", type = "sources", required = true,
        text = "The SQLite file that is read, several ones under their names, or those that a glob finds." },
    { key = "to", type = "pg", default_text = "DATABASE_URL, else PGHOST, PGSERVICE or PGDATABASE",
        text = "The PostgreSQL database that is loaded; a target on the command line goes before it." },
    { key = "schema", type = "mode", default_text = '"existing" when the target schema has tables, else "create"',
        text = "Whether rows go into tables that are there, or into tables that are created after the file's schema." },
    { key = "target_schema", type = "name", default = "public", text = "The schema in the target." },
    { key = "idiomatic", type = "boolean", default = false,
        text = "For created tables: prefer jsonb, uuid, timestamptz and date where all values allow it, although exact "
            .. "bytes are not kept." },
    { key = "nocase", type = "nocase", default = "fold",
        text = "For created tables: how COLLATE NOCASE is kept: fold (unique over lower(column), exact), citext or icu "
            .. "(compare by themselves, and fold beyond ASCII)." },
    { key = "columns", type = "declarations", default = {},
        text = "How values are stored and which type a created column gets, by globs of target columns; a table's own "
            .. "columns go before it." },
    { key = "zone", type = "zone", default = "UTC",
        text = "The zone of times without offset that go into a timestamptz: UTC or a fixed offset." },
    { key = "order", type = "names", default = {},
        text = "Source tables that are loaded first, in this order; the rest follows by foreign keys." },
    { key = "on_bad", type = "on_bad", default = "fail",
        text = "What happens to values and rows that do not fit; a table's own key goes before it, and a column's own "
            .. "before that." },
    { key = "on_null", type = "on_null", default = "keep",
        text = "Whether NULL is kept, or takes the default of columns that are NOT NULL and have one; a table's own "
            .. "key goes before it, and a column's own before that." },
    { key = "max_bad", type = "limit", default_text = "as many as there are",
        text = "How many rows may be rejected before the run stops: a number, or a share of each table's rows." },
    { key = "on_conflict", type = "conflict", default_text = "rows that are there are an error",
        text = "What happens where the target table holds rows; a table's own key goes before it." },
    { key = "triggers", type = "triggers", default_text = "a finding where a trigger would fire",
        text = "What happens to triggers of target tables that fire on INSERT; a table's own key goes before it." },
    { key = "indexes", type = "indexes", default = "auto",
        text = "For tables that are there and empty: whether keys and indexes are put aside during the load and built "
            .. "after it (rebuild), stay in place (keep), or stay where a table has few rows (auto)." },
    { key = "analyze", type = "boolean", default = true,
        text = "Whether statistics of the loaded tables are taken (ANALYZE), beside what is built on them." },
    { key = "only", type = "globs", default = {},
        text = "Globs of the source tables to carry; all others are left out." },
    { key = "skip", type = "globs", default = {}, text = "Globs of source tables to leave out." },
    { key = "before_load", type = "step", default_text = "nothing",
        text = "What is done before rows are loaded, once, in one transaction: SQL, a list of SQL texts, or "
            .. "function(src, dst)." },
    { key = "after_load", type = "step", default_text = "nothing",
        text = "The same behind keys, indexes, foreign keys and sequences, which are set once more behind it." },
    { key = "verify", type = "verify", default_text = "nothing",
        text = "A function(check, src, dst) that is called when the rows are counted; both databases are read alone "
            .. "(wherry help verification)." },
    { key = "lookups", type = "lookups", default = {},
        text = "Maps from key to value by name, read before the load: for a column's lookup, and w.lookup in hooks." },
    { key = "collision", type = "collision", default = "error",
        text = "What happens where several tables, of one source or of several, go into one target table: a finding, "
            .. "or all rows." },
    { key = "tables", type = "tables", default = {},
        text = 'What is particular to a table, by its source name; w.skip "reason" leaves it out.' },
}

---@type wherry.VocabularyKey[]
vocabulary.declaration = {
    { key = "stored", type = "stored", default_text = "times are ISO texts, UUIDs as RFC 9562 has them",
        text = "How the values are stored in SQLite; a value of another form stops the load." },
    { key = "zone", type = "zone", default_text = "the plan's zone", text = "The zone of ISO texts without offset." },
    { key = "type", type = "type", default_text = "what the values are",
        text = "The PostgreSQL type of a column that is created, as SQL writes it." },
    { key = "map", type = "callback", default_text = "values as they are",
        text = "A function(value) that gives the value to convert in its place: nil, a boolean, a number, a string "
            .. "(text) or w.blob(bytes)." },
    { key = "on_bad", type = "on_bad", default_text = "the table's", text = "What happens to values that do not fit." },
    { key = "on_null", type = "on_null", default_text = "the table's",
        text = "What becomes of NULL: it is kept, or the target column's default takes its place, also where NULL may "
            .. "be." },
}

---@type wherry.VocabularyKey[]
vocabulary.column = {
    { key = "from", type = "column", default_text = "the target's name",
        text = 'The source column, w.sql "EXPRESSION", w.constant(VALUE), w.json "source", w.fold { ... }, or w.hook: '
            .. 'row fills it.' },
    vocabulary.declaration[1], vocabulary.declaration[2], vocabulary.declaration[3],
    vocabulary.declaration[4],
    vocabulary.declaration[5], vocabulary.declaration[6],
    { key = "lookup", type = "name", default_text = "none",
        text = "The lookup whose value for the source's value goes into the column; NULL stays NULL." },
    { key = "missing", type = "missing", default_text = '"bad"',
        text = "What becomes of a value that the lookup does not have: it is bad (on_bad), becomes NULL or is kept." },
}

---@type wherry.VocabularyKey[]
vocabulary.table = {
    { key = "into", type = "name", default_text = "the source's name", text = "The target table's name." },
    { key = "columns", type = "columns", default = {},
        text = 'Target columns that have another name than their source column, target = "source", that are computed, '
            .. 'target = w.sql "EXPRESSION", w.constant(VALUE), w.json "source" or w.fold { ... }, or whose values are '
            .. 'declared to be stored in a form: target = { from = "source", stored = "unix_ms" }.' },
    { key = "skip", type = "reasons", default = {}, text = 'Source columns that are left out: column = "reason".' },
    { key = "where", type = "sql", default_text = "every row",
        text = "An SQL condition over the source table; rows for which it is not true are counted as excluded." },
    { key = "on_bad", type = "on_bad", default_text = "the plan's",
        text = "What happens to its values and rows that do not fit; a column's own key goes before it." },
    { key = "on_null", type = "on_null", default_text = "the plan's",
        text = "What becomes of NULL in columns that are NOT NULL; a column's own key goes before it." },
    { key = "on_conflict", type = "conflict", default_text = "the plan's",
        text = "What happens where the target table holds rows." },
    { key = "triggers", type = "triggers", default_text = "the plan's triggers",
        text = "What happens to the target table's user triggers that fire on INSERT." },
    { key = "merge", type = "merge", default_text = "every row is a row",
        text = "Rows that are one row in the target: { by = { columns }, keep = \"first\" }; what refers to the others "
            .. "refers to the one that is kept." },
    { key = "offset", type = "integer", default = 0,
        text = "What is added to the table's integer key, and to all that refers to it." },
    { key = "references", type = "names", default = {},
        text = 'Columns of other tables that refer to its key without a foreign key: "table.column".' },
    { key = "emits", type = "names", default = {},
        text = "Target tables that row makes rows for, by emit." },
    { key = "row", type = "callback", default_text = "rows as they are",
        text = 'A function(old, new, emit) that is called for each row: it reads the source row, assigns columns of '
            .. 'the target row, emits rows for other tables, emit("table", { column = value }), and returns nothing, '
            .. 'or w.drop "reason" to leave the row out.' },
}

-- Keys that the design names and a later version brings.
local later = {
    fts = true,
    reverse = true,
}

-- What fills a column.
local function check_from(value, place)
    return value_of.is(value) and value or key_check.text "the name of a source column"(value, place)
end

local skip_metatable = { __name = "wherry.skip" }

---Leaves a table out, with the reason for its receipt.
---@param reason string
---@return wherry.Skip
function vocabulary.skip(reason)
    if type(reason) ~= "string" or reason:match "^%s*$" then
        failure.raise("plan", "w.skip takes the reason for leaving the table out, not " .. ends.describe(reason))
    end
    return setmetatable({ reason = reason }, skip_metatable)
end

---@param value any
---@return boolean
function vocabulary.is_skip(value)
    return getmetatable(value) == skip_metatable
end

---The types of keys: each a description for the reference and a check that returns the value's copy, or raises.
---@type table<string, { text: string, check: fun(value: any, place: string): any }>
vocabulary.types = {
    sources = sources.types.sources,
    tag = sources.types.tag,
    collision = sources.types.collision,
    pg = { text = "w.pg URL or w.pg.private()", check = function(value, place)
        return ends.is_pg(value) and value or key_check.fail(place, 'w.pg "URL" or w.pg.private()', value)
    end },
    mode = { text = '"existing" or "create"', check = key_check.choice("existing", "create") },
    on_bad = { text = "one of " .. table.concat(on_bad.words, ", ") .. ", or a list of them", check = on_bad.check },
    on_null = { text = '"keep" or "default"', check = key_check.choice("keep", "default") },
    limit = { text = 'a number of rows, or a share such as "1%"', check = on_bad.check_limit },
    conflict = { text = '"error", "keep", "update" or "replace"',
        check = key_check.choice("error", "keep", "update", "replace") },
    triggers = { text = '"fire" or "off"', check = key_check.choice("fire", "off") },
    indexes = { text = '"auto", "rebuild" or "keep"', check = key_check.choice("auto", "rebuild", "keep") },
    nocase = { text = '"fold", "citext" or "icu"', check = key_check.choice("fold", "citext", "icu") },
    callback = { text = "a function", check = key_check.callback "a function" },
    boolean = { text = "true or false", check = key_check.choice(true, false) },
    verify = { text = "a function(check, src, dst)", check = key_check.callback "a function(check, src, dst)" },
    name = { text = "a name", check = key_check.text "a name" },
    step = { text = "SQL, a list of SQL texts, or a function", check = steps.check },
    sql = { text = "SQL", check = key_check.text "an SQL condition" },
    column = { text = 'a source column, w.sql, w.constant, w.json, w.fold or w.hook', check = check_from },
    merge = { text = "{ by = { columns }, keep = }", check = function(value, place)
        return vocabulary.check(merge.keys, value, place)
    end },
    by = merge.types.by, keep = merge.types.keep, integer = merge.types.integer,
    lookups = { text = "lookups by name", check = key_check.map("lookups by name", function(value, place)
        return lookup.check(vocabulary.check(lookup.keys, value, place), place)
    end) },
    select = lookup.types.select, lookup_end = lookup.types.lookup_end, missing = lookup.types.missing,
    names = { text = "a list of names", check = key_check.list "a list of names" },
    globs = { text = "a list of globs", check = key_check.list "a list of globs" },
    stored = { text = "a stored form: " .. table.concat(declared.words, ", "), check = declared.check_stored },
    type = { text = 'a type of PostgreSQL, "timestamptz"', check = declared_type.check },
    zone = { text = '"UTC" or an offset such as "+02:00"', check = declared.check_zone },
    declarations = { text = "glob = { stored =, zone =, type =, on_bad =, on_null =, map = }",
        check = key_check.map("declarations by globs of target columns", function(value, place)
            return declared.check(vocabulary.check(vocabulary.declaration, value, place), place)
        end) },
    columns = { text = "target = source", check = key_check.map('columns as target = "source"', function(value, place)
        if value_of.is(value) then
            return { from = value }
        elseif type(value) == "table" then
            return lookup.check_column(declared.check(vocabulary.check(vocabulary.column, value, place), place), place)
        end
        return check_from(value, place)
    end) },
    reasons = { text = "column = reason",
        check = key_check.map('columns as column = "reason"', key_check.text "a reason") },
    tables = { text = 'tables by source name', check = key_check.map("tables by source name", function(value, place)
        if vocabulary.is_skip(value) then
            return value
        end
        return hooks.check(vocabulary.check(vocabulary.table, value, place), place)
    end) },
}

---Checks a table of keys and returns a copy with the defaults filled in. Raises kind "plan" at the first mistake.
---@param keys wherry.VocabularyKey[]
---@param value any
---@param place string how messages name the table, e.g. "tables.artifacts"; "" for the plan itself
---@return table
function vocabulary.check(keys, value, place)
    local named = place == "" and "the plan" or place
    if type(value) ~= "table" or getmetatable(value) then
        key_check.fail(named, "a table of keys", value)
    end
    local known, names = {}, {}
    for i, entry in ipairs(keys) do
        known[entry.key], names[i] = entry, entry.key
    end
    local copy = {}
    for _, key in ipairs(shallow.keys(value)) do
        local entry = known[key]
        if not entry then
            local suggestion = later[key] and ("%s is not there yet; the keys are %s"):format(key,
                table.concat(names, ", ")) or type(key) == "string" and match.suggestion(key, names)
            failure.raise("plan", ("%s: unknown key %s"):format(named, ends.describe(key)),
                suggestion or ("the keys are " .. table.concat(names, ", ")))
        end
        copy[key] = vocabulary.types[entry.type].check(value[key], place == "" and key or place .. "." .. key)
    end
    for _, entry in ipairs(keys) do
        if copy[entry.key] == nil then
            if entry.required then
                failure.raise("plan", ("%s: %s is missing"):format(named, entry.key),
                    ("add %s = %s"):format(entry.key, vocabulary.types[entry.type].text))
            end
            copy[entry.key] = type(entry.default) == "table" and {} or entry.default
        end
    end
    return copy
end

return vocabulary
