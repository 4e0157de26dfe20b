-- choices.lua: the options that say what goes where, which run and plan share.
local arguments = require "wherry.cli.arguments"
local failure = require "wherry.failure"
local url = require "wherry.url"
local vocabulary = require "wherry.plan.vocabulary"

local choices = {}

--- What --source is for.
choices.SOURCE = "The same as SRC; with a script: the SQLite file to read in the place of the script's own."

---Defines SRC, DST and their other spellings.
---@param command table argparse command
function choices.define_ends(command)
    command:argument("SRC", "The SQLite file (path or sqlite:/// URL), or the script (.lua)."):args "?"
        :target "source"
    command:argument("DST", "Where to."):args "?":target "target"
    return command:option("--source --sqlite-path", choices.SOURCE):argname "SRC":target "source_option",
        command:option("--target --database-url", "The same as DST."):argname "DST":target "target_option"
end

---Defines what is chosen of source and target.
---@param command table argparse command
function choices.define(command)
    command:group("What goes where",
        command:option("--schema", "existing: load into the tables that are there; create: make them. Without it: "
            .. "existing when the target has tables."):choices { "existing", "create" },
        command:option("--target-schema", "Schema of the target (public)."):argname "NAME",
        command:option("--only", "Only tables that match; may be repeated, takes comma lists."):count "*"
            :argname "GLOB",
        command:option("--skip", "Leave tables that match out; like --only."):count "*":argname "GLOB",
        command:option("--triggers", "User triggers of the target that fire on INSERT: let them, or switch them off "
            .. "for the load."):choices { "fire", "off" },
        command:option("--indexes", "Keys and indexes of tables that are there and empty: rebuild them after the "
            .. "load, keep them in place, or auto (the default): keep those of tables with few rows.")
            :choices { "auto", "rebuild", "keep" })
    command:group("What does not fit",
        command:option("--on-bad", "What happens to it: fail (the default), reject, null, or conversions and one of "
            .. "these, by commas. What a script says of tables and columns goes before it."):argname "WORD",
        command:option("--max-bad", "Stop when more than N rows, or P% of a table's rows, are rejected.")
            :argname "N|P%")
    command:group("Tables that are created",
        command:flag("--idiomatic", "Prefer jsonb, uuid, timestamptz and date where all values allow it; exact bytes "
            .. "are not kept."),
        command:option("--nocase", "How COLLATE NOCASE is kept: fold (exact; the default), citext, icu.")
            :choices { "fold", "citext", "icu" })
end

---One of two spellings. Both are refused: which one is meant would be a guess.
---@param positional string|nil
---@param option string|nil
---@param names string for the message: "the source"
---@return string|nil
function choices.either(positional, option, names)
    if positional and option then
        failure.raise("usage", ("%s is given twice"):format(names), "wherry help run")
    end
    return positional or option
end

---The file that is read in the place of the script's own, or nil. Raises kind "usage".
---@param script string|nil
---@param file string|nil of --source
---@return string|nil
function choices.from(script, file)
    if not (script and file and script:find "%.lua$" and not file:find "%.lua$") then
        return nil
    end
    local form = url.form(file)
    if file == "" or form == "postgresql" or form == "keywords" then
        failure.raise("usage", ("--source names the SQLite file to read instead of the script's, not %s"):format(
            file == "" and "an empty text" or url.mask(file)), "wherry help run")
    end
    return choices.path(file)
end

---The source as it is given. Raises kind "usage".
---@param values table
---@param command string for the hint
---@return string
function choices.source(values, command)
    local source = choices.from(values.source, values.source_option) and values.source
        or choices.either(values.source, values.source_option, "the source")
    if not source or source == "" then
        failure.raise("usage", "no source", ("wherry %s app.db, or wherry %s SCRIPT.lua"):format(command, command))
    end
    return source
end

---The path of a source that is a SQLite file or a script. Raises kind "usage" for what is neither.
---@param source string
---@return string
function choices.path(source)
    local form = url.form(source)
    if form == "foreign" then
        failure.raise("usage", ("%s is neither a SQLite file nor a script"):format(url.mask(source)),
            "wherry reads SQLite")
    end
    return form == "sqlite" and url.sqlite_path(source) or source
end

---Whether the source names a PostgreSQL database.
---@param source string
---@param core table
---@return boolean
function choices.is_pg(source, core)
    local form = url.form(source)
    return form == "postgresql" or form == "keywords" and not core.sys.stat(source)
end

---The target as it is given, or nil. Raises where it is the source.
---@param values table
---@param source string
---@param core table
---@return string|nil
function choices.target(values, source, core)
    local wanted = choices.either(values.target, values.target_option, "the target")
    local real = wanted and core.sys.realpath(wanted)
    if wanted and (wanted == source or real and real == core.sys.realpath(source)) then
        failure.raise("usage", "source and target are the same file", "the target is a PostgreSQL database")
    end
    return wanted
end

-- What the vocabulary refuses in a word of the command line is a mistake of usage.
local function vocabulary_check(name, value, option)
    local ok, result = pcall(vocabulary.types[name].check, value, option)
    if not ok then
        failure.raise("usage", result.message, result.hint)
    end
    return result
end

---The words of --on-bad as a list; nil without it. Raises kind "usage".
---@param text string|nil
---@return string[]|nil
function choices.on_bad(text)
    local list = text and arguments.list { text }
    if list then
        vocabulary_check("on_bad", #list == 1 and list[1] or list, "--on-bad")
    end
    return list
end

---The choices as the engine takes them. Raises kind "usage".
---@param values table
---@return table
function choices.of(values)
    for _, name in ipairs { "only", "skip" } do
        if #values[name] > 0 and #arguments.list(values[name]) == 0 then
            failure.raise("usage", ("--%s names no table"):format(name), "an empty variable of the shell? name tables, "
                .. "or leave it out")
        end
    end
    return {
        schema = values.schema, target_schema = values.target_schema, only = arguments.list(values.only),
        skip = arguments.list(values.skip), triggers = values.triggers, indexes = values.indexes,
        idiomatic = values.idiomatic, nocase = values.nocase, on_bad = choices.on_bad(values.on_bad),
        max_bad = values.max_bad and vocabulary_check("limit", values.max_bad, "--max-bad"),
        from = choices.from(values.source, values.source_option),
    }
end

return choices
