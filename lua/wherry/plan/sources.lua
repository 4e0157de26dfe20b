-- sources.lua: the sources of a plan: one file, several ones under their names, or those that a glob finds; and what is
-- particular to each. Nothing is opened here, and no directory is read.
local ends = require "wherry.plan.ends"
local failure = require "wherry.failure"
local key_check = require "wherry.plan.key_check"
local shallow = require "wherry.shallow"

local sources = {}

---The name of the only source of a plan.
sources.ONLY = "main"

---What w.sqlite { "PATH", ... } may say of one of several sources.
---@type wherry.VocabularyKey[]
sources.file_keys = {
    { key = "schema", type = "name", default_text = "the plan's target_schema",
        text = "The schema in the target into which the source's tables go." },
    { key = "prefix", type = "name", default_text = "none",
        text = "Begins the names of the source's target tables; a table's `into` goes before it." },
    { key = "tag", type = "tag", default_text = "none",
        text = "A target column, and the value that it has in all rows of the source." },
    { key = "offset", type = "integer", default_text = "none",
        text = "Is added to the integer keys of the source's tables, and to what refers to them; a table's own key "
            .. "goes before it." },
}

---What w.sqlite.glob { "PATTERN", ... } may say. In texts `*` stands for a file's name: what the pattern's wildcards
---stand for.
---@type wherry.VocabularyKey[]
sources.glob_keys = {
    { key = "schema", type = "name", default_text = "the plan's target_schema",
        text = "The schema in the target of each file's tables: tenant_* makes one a file." },
    { key = "prefix", type = "name", default_text = "none",
        text = "Begins the names of each file's target tables: *_ makes them differ." },
    { key = "tag", type = "tag", default_text = "none",
        text = "A target column, which gets the file's name; or the column and a value with * in it." },
    { key = "strict", type = "boolean", default = false,
        text = "Whether a file that can't be loaded keeps all others from being loaded; else it is left out, and "
            .. "told." },
}

local function check_tag(value, place)
    if type(value) == "string" and value ~= "" then
        return { column = value }
    elseif type(value) ~= "table" or getmetatable(value) or type(value.column) ~= "string" or value.column == "" then
        key_check.fail(place, 'a tag, { column = "name", value = ... },', value)
    end
    local kind = type(value.value)
    if kind ~= "string" and kind ~= "number" and kind ~= "nil" then
        key_check.fail(place .. ".value", "a text or a number", value.value)
    end
    for key in pairs(value) do
        if key ~= "column" and key ~= "value" then
            failure.raise("plan", ("%s: unknown key %s"):format(place, ends.describe(key)),
                "the keys are column, value")
        end
    end
    return { column = value.column, value = value.value }
end

---The types of these keys, for the vocabulary.
sources.types = {
    tag = { text = 'a column, or { column = "name", value = a text or a number }', check = check_tag },
    collision = { text = '"error" or "append"', check = key_check.choice("error", "append") },
}

-- The options beside a path, checked; nil where there are none.
local function options_of(given, keys, call)
    local options = shallow.copy(given)
    options[1] = nil
    if type(given[1]) ~= "string" or given[1] == "" then
        failure.raise("plan", ("%s takes %s, not %s"):format(call, call == "w.sqlite" and "the path of a SQLite file"
            or "a pattern of paths", ends.describe(given[1])))
    end
    return next(options) and require "wherry.plan.vocabulary".check(keys, options, call) or nil
end

---A SQLite file with what is particular to it among several ones.
---@param given table { "PATH", schema =, prefix =, tag =, offset = }
---@return wherry.Sqlite
function sources.file(given)
    local options = options_of(given, sources.file_keys, "w.sqlite")
    if options and options.tag and options.tag.value == nil then
        failure.raise("plan", "w.sqlite.tag: the value is missing", 'tag = { column = "tenant", value = "acme" }')
    end
    return ends.with_options(ends.sqlite(given[1]), options)
end

---All files whose paths a pattern matches: * ? [a-z] within a name.
---@param given string|table { "PATTERN", schema =, prefix =, tag =, strict = }
---@return wherry.SqliteGlob
function sources.glob(given)
    if type(given) ~= "table" or getmetatable(given) then
        given = { given }
    end
    local options = options_of(given, sources.glob_keys, "w.sqlite.glob")
    return ends.glob(given[1], options or { strict = false })
end

---@param from any a plan's `from`
---@return boolean
function sources.is_several(from)
    return not ends.is_sqlite(from)
end

---The source of a plan whose file lies elsewhere.
---@param from any the plan's `from`
---@param path string as the command line has it
---@return wherry.Sqlite
function sources.elsewhere(from, path)
    if sources.is_several(from) then
        failure.raise("usage", "the script has several sources, and --source names one file",
            "name the files in the script's from")
    end
    return ends.here(path)
end

local function check_one(name, value, place)
    if type(name) ~= "string" or not name:find "^[%w_-]+$" or name == sources.ONLY then
        failure.raise("plan", ("%s: %s is no name for a source"):format(place, ends.describe(name)),
            name == sources.ONLY and "a source that is the only one is called so"
                or "names are made of letters, digits, _ and -: { core = w.sqlite \"core.db\" }")
    elseif not ends.is_sqlite(value) then
        key_check.fail(place .. "." .. name, 'w.sqlite "PATH"', value)
    end
end

---Checks `from`.
---@param value any
---@param place string
---@return wherry.Sqlite|wherry.SqliteGlob|table<string, wherry.Sqlite>
function sources.check(value, place)
    if ends.is_glob(value) then
        return value
    elseif ends.is_sqlite(value) then
        if value.options then
            failure.raise("plan", ("%s: %s is for one of several sources"):format(place,
                shallow.keys(value.options)[1]), 'give it a name: from = { core = w.sqlite { "core.db", ... } }')
        end
        return value
    elseif type(value) ~= "table" or getmetatable(value) or next(value) == nil then
        key_check.fail(place, 'w.sqlite "PATH", or several ones under their names,', value)
    end
    local copy = {}
    for _, name in ipairs(shallow.keys(value)) do
        check_one(name, value[name], place)
        copy[name] = value[name]
    end
    return copy
end

sources.types.sources = { text = 'w.sqlite "PATH", { name = w.sqlite "PATH", ... } or w.sqlite.glob "PATTERN"',
    check = sources.check }

---What a glob says of a file that it has found.
---@param glob wherry.SqliteGlob
---@param name string of the file, as the wildcards have it
---@param path string
---@return wherry.Sqlite
function sources.found(glob, name, path)
    local function filled(text)
        return type(text) == "string" and text:gsub("%*", function() return name end) or text
    end
    local given = glob.options
    local tag = given.tag and { column = given.tag.column,
        value = given.tag.value == nil and name or filled(given.tag.value) }
    return ends.with_options(ends.sqlite((path:gsub("%$", "$$"))), { schema = filled(given.schema),
        prefix = filled(given.prefix), tag = tag })
end

return sources
