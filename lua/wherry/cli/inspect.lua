-- inspect: what a SQLite file holds: per column what the values are, and what would be in the way of a move.
local choices = require "wherry.cli.choices"
local failure = require "wherry.failure"
local url = require "wherry.url"

local inspect = { name = "inspect", group = "look", summary = "Look at a SQLite file: what its columns hold" }

inspect.description = "Reads SRC once and says what it holds: for each column the classes and ranges of its values and "
    .. "the types that they would be, and what is in the way of a move: texts that PostgreSQL can't store (with the "
    .. "row and the byte), rows whose parent is missing, damage, several Alembic heads. Nothing is written. Exit code "
    .. "1 when there are findings."

function inspect.define(command)
    command:usage "Usage: wherry inspect [OPTIONS] SRC"
    command:argument("SRC", "The SQLite file (path or sqlite:/// URL)."):target "source"
    command:epilog "See also: wherry help schema, exit-codes."
end

function inspect.run(values, context)
    if choices.is_pg(values.source, context.core()) or values.source:find "%.lua$" then
        failure.raise("usage", ("%s is no SQLite file"):format(url.mask(values.source)),
            "inspect looks at a file; wherry plan and wherry check look at what a script does with it")
    end
    local core, path = context.core(), choices.path(values.source)
    core.sys.signals()
    local look, text = require "wherry.inspect".look, require "wherry.inspect.text"
    local source, info = require "wherry.engine.opening".look(path, nil, function(level, line)
        context.console:log(level, line)
    end)
    local about = { path = path, bytes = core.sys.stat(path).size, fingerprint = info.fingerprint, taken = info.taken }
    local fine, found = pcall(look, source)
    if fine then
        fine, found = pcall(function()
            source:unchanged()
            return found
        end)
    end
    source:close()
    if not fine then
        error(found, 0)
    end
    context.respond(text.document(found, about), text.full(found, about))
    return found.findings[1] and 1 or 0
end

return inspect
