-- snapshot: a consistent copy of a SQLite file that may be in use, to be loaded from at leisure.
local failure = require "wherry.failure"
local grouped = require "wherry.progress".grouped
local json = require "wherry.json"
local url = require "wherry.url"

local snapshot = { name = "snapshot", group = "do", summary = "Copy a SQLite file that may be in use" }

snapshot.description = "Copies SRC to FILE as it is at one moment, while writers wait for a short time. The copy is "
    .. "what wherry run then reads. FILE must not be there yet."

function snapshot.define(command)
    command:argument("SRC", "The SQLite file."):target "source"
    command:argument("FILE", "The copy."):target "file"
end

function snapshot.run(values, context)
    local core = context.core()
    local source = url.sqlite_path(values.source)
    if core.sys.stat(values.file) then
        failure.raise("usage", ("%s is there already"):format(values.file), "name a new file; nothing is overwritten")
    end
    core.sys.signals()
    core.snapshot.copy(source, values.file)
    local copied = core.sys.stat(values.file)
    context.respond({ schema = 1, command = "snapshot", source = source, file = values.file, size = copied.size,
        error = json.null }, ("%s: %s bytes, a copy of %s.\n"):format(values.file, grouped(copied.size), source))
    return 0
end

return snapshot
