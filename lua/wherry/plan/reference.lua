-- reference.lua: the keys of a plan as the help shows them, made from the tables that check them. Each has an example,
-- which a spec gives to those checks.
local failure = require "wherry.failure"
local lookup = require "wherry.plan.lookup"
local merge = require "wherry.plan.merge"
local sources = require "wherry.plan.sources"
local vocabulary = require "wherry.plan.vocabulary"

local reference = {}

local WIDTH, MARGIN = 120, 19

---What a text may ask for by name, in the order in which a plan is read.
---@type table<string, { keys: wherry.VocabularyKey[], examples: table<string, string> }>
reference.lists = {
    plan = { keys = vocabulary.plan, examples = {
        from = 'w.sqlite "var/app.db"', to = 'w.pg "$DATABASE_URL"', schema = '"existing"', target_schema = '"app"',
        idiomatic = "true", nocase = '"citext"', columns = '{ ["*_at"] = { stored = "unix_ms", on_bad = "null" } }',
        zone = '"+02:00"', order = '{ "topics", "artifacts" }', on_bad = '{ "strip", "reject" }',
        on_null = '"default"', max_bad = '"1%"', on_conflict = '"keep"', triggers = '"off"', indexes = '"keep"',
        analyze = "false", only = '{ "topics", "artifact*" }', skip = '{ "tmp_*" }',
        before_load = '"create extension if not exists citext"',
        after_load = 'function(src, dst) dst:exec "refresh materialized view totals" end',
        verify = 'function(check, src, dst) check.counts() end',
        lookups = '{ user_ids = { pg = "select lower(email), id from users" } }',
        tables = '{ topics = { into = "topic" }, scores = w.skip "computed anew" }', collision = '"append"',
    } },
    table = { keys = vocabulary.table, examples = {
        into = '"artifact"', columns = '{ external_id = "source_id", origin = w.constant "import" }',
        skip = '{ raw_json = "kept in the archive" }', where = '"deleted_at is null"', on_bad = '"reject"',
        on_null = '"default"', on_conflict = '"update"', triggers = '"fire"',
        merge = '{ by = { "name" }, keep = "first" }', offset = "1000000", references = '{ "notes.topic_ref" }',
        row = 'function(old, new) new.title = w.trim(old.title) end', emits = '{ "artifact_tag" }',
    } },
    column = { keys = vocabulary.column, examples = {
        from = '"source_id"', stored = '"unix_ms"', zone = '"UTC"', type = '"timestamptz"',
        map = "function(value) return w.lower(value) end", on_bad = '"null"', on_null = '"default"',
        lookup = '"user_ids"', missing = '"null"',
    }, context = { missing = 'lookup = "user_ids", ' } },
    file = { keys = sources.file_keys, examples = {
        schema = '"acme"', prefix = '"m_"', tag = '{ column = "tenant", value = "acme" }', offset = "1000000",
    } },
    glob = { keys = sources.glob_keys, examples = {
        schema = '"tenant_*"', prefix = '"*_"', tag = '"tenant"', strict = "true",
    } },
    merge = { keys = merge.keys, examples = { by = '{ "name", w.sql "lower(kind)" }', keep = '"last"' } },
    lookup = { keys = lookup.keys, examples = {
        pg = '"select lower(email), id from users"', sqlite = '"select old_id, new_id from moved"',
        file = '"codes.csv"', from = 'w.sqlite "other.db"',
    }, context = { from = 'sqlite = "select a, b from t", ' } },
}

-- A text in lines of the help's width, behind a margin.
local function wrapped(text, lines)
    local line = (" "):rep(MARGIN)
    local is_empty = true
    for word in text:gmatch "%S+" do
        if not is_empty and #line + #word + 1 > WIDTH then
            lines[#lines + 1] = line
            line, is_empty = (" "):rep(MARGIN), true
        end
        line, is_empty = line .. (is_empty and "" or " ") .. word, false
    end
    lines[#lines + 1] = line
end

-- A default as a script would write it, or in words.
local function default_of(entry)
    if entry.required then
        return "required"
    elseif entry.default_text then
        return "without it: " .. entry.default_text
    elseif type(entry.default) == "table" then
        return "without it: none"
    end
    return "without it: " .. (type(entry.default) == "string" and ("%q"):format(entry.default)
        or tostring(entry.default))
end

local function entry_of(entry, example, lines)
    local type_text = vocabulary.types[entry.type].text
    local first = {}
    wrapped(("%s; %s"):format(type_text, default_of(entry)), first)
    first[1] = "    " .. entry.key .. first[1]:sub(#entry.key + 5)
    table.move(first, 1, #first, #lines + 1, lines)
    wrapped(entry.text, lines)
    if example then
        lines[#lines + 1] = (" "):rep(MARGIN) .. entry.key .. " = " .. example
    end
end

---The keys of a list as text: type, default, what it is for, an example.
---@param name string of reference.lists
---@return string
function reference.text(name)
    local list, lines = reference.lists[name], {}
    if not list then
        failure.raise("internal", ("there is no list of keys %q"):format(name))
    end
    for _, entry in ipairs(list.keys) do
        entry_of(entry, list.examples[entry.key], lines)
    end
    return table.concat(lines, "\n")
end

---A text of the help with the lists of keys in place of the lines {keys NAME}.
---@param text string
---@return string
function reference.expand(text)
    return (text:gsub("%f[^\n]{keys ([%w_]+)}%f[\n]", reference.text))
end

return reference
