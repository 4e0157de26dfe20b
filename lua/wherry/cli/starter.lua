-- starter.lua: the command init: writes a first migration script for a SQLite file, each decision with the evidence
-- found in the data.
local choices = require "wherry.cli.choices"
local failure = require "wherry.failure"
local json = require "wherry.json"
local place = require "wherry.place"
local url = require "wherry.url"

local init = { name = "init", group = "write", summary = "Write a first migration script for a SQLite file" }

init.description = "Reads SRC and writes a commented migration script: what has to be decided is active, suggestions "
    .. "are comments, each with what was found in the data. The script runs as it stands. It goes to stdout, or to "
    .. "FILE, which must not be there yet."

function init.define(command)
    command:usage "Usage: wherry init [OPTIONS] SRC"
    command:argument("SRC", "The SQLite file (path or sqlite:/// URL)."):target "source"
    command:option("-o --output", "Where the script goes (stdout)."):argname "FILE":target "file"
    command:epilog "See also: wherry help scripts; wherry inspect, plan, check."
end

-- A path as a script in `file`'s folder names the source: a relative one counts from there.
local function named_from(path, file, core)
    local elsewhere = file and file:find "/"
    return elsewhere and core.sys.realpath(path) or path
end

local function write(file, script)
    local handle, why = io.open(file, "wb")
    local fine = handle and handle:write(script)
    if handle and (not handle:close() or not fine) then
        why = why or "it could not be written"
        fine = nil
    end
    if not fine then
        failure.raise("environment", ("cannot write the script: %s"):format(why or file))
    end
end

function init.run(values, context)
    if choices.is_pg(values.source, context.core()) or values.source:find "%.lua$" then
        failure.raise("usage", ("%s is no SQLite file"):format(url.mask(values.source)),
            "init looks at a file and writes a script for it")
    end
    local core, path = context.core(), choices.path(values.source)
    if values.file and core.sys.stat(values.file) then
        failure.raise("usage", ("%s is there already"):format(values.file), "name a new file; nothing is overwritten")
    end
    core.sys.signals()
    local source = require "wherry.engine.opening".look(path, nil, function(level, text)
        context.console:log(level, text)
    end)
    local fine, found = pcall(require "wherry.starter".of, source, path)
    source:close()
    if not fine then
        error(found, 0)
    end
    local script = require "wherry.starter.text".script(found, named_from(path, values.file, core))
    local document = { schema = 1, command = "init", source = json.utf8(path), file = values.file or json.null,
        script = json.utf8(script), error = json.null }
    if values.file then
        write(values.file, script)
        context.respond(document, place.printable(("%s: a script for %s; wherry plan %s shows what it does."):format(
            values.file, path, values.file)) .. "\n")
    elseif context.json then
        context.respond(document, "")
    else
        context.console:raw(script)
    end
    return 0
end

return init
