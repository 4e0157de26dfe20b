-- snapshot: a consistent copy of a SQLite file that may be in use, to be loaded from at leisure.
local failure = require "wherry.failure"
local grouped = require "wherry.progress".grouped
local json = require "wherry.json"
local moment = require "wherry.moment"
local url = require "wherry.url"

local snapshot = { name = "snapshot", group = "do", summary = "Copy a SQLite file that may be in use" }

snapshot.description = "Copies SRC to FILE as it is at one moment, and checks the copy. Programs that write wait "
    .. "meanwhile, with a write-ahead log only while that is copied; readers go on. FILE must not be there yet. "
    .. "wherry run makes a copy of its own where the source is in use (wherry help copies)."

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
    local copied = core.snapshot.copy { from = source, to = values.file, check = true, utf16 = true, shared = true }
    local seconds = copied.taken // 1000000
    context.respond({ schema = 1, command = "snapshot", source = source, file = values.file, size = copied.size,
        taken = moment.iso(seconds), held_seconds = copied.held, error = json.null },
        ("%s: %s bytes, a copy of %s as it was at %s.\n"):format(values.file, grouped(copied.size), source,
            moment.text(seconds)))
    return 0
end

return snapshot
