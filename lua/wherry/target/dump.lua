-- dump.lua: `run FILE out.sql|out.dump|-`: the private server gets the data, pg_dump of the same version carries it to
-- a server that can't be reached from here. The database in between lives as long as the command.
local failure = require "wherry.failure"
local private = require "wherry.target.private"
local url = require "wherry.url"

local dump = {}

--- Refuses an output that can't be written, before anything is loaded. Raises.
---@param core table
---@param file string "-", or a path
function dump.check(core, file)
    if file == "-" then
        return
    end
    local there = core.sys.stat(file)
    if there and there.type == "directory" then
        failure.raise("usage", ("%s is a directory"):format(file))
    elseif there and there.size > 0 then
        failure.raise("usage", ("%s is there already and not empty"):format(file),
            "name a new file; nothing is overwritten")
    end
    local folder = core.sys.stat(file:match "^(.*/)[^/]*$" or ".")
    if not folder or folder.type ~= "directory" then
        failure.raise("environment", ("the directory of %s does not exist"):format(file))
    elseif folder.writable == false then
        failure.raise("environment", ("the directory of %s can't be written"):format(file))
    end
end

local CHUNK = 256 * 1024

-- Copies a file to stdout. pg_dump itself does not notice when its stdout is full or closed, and rows would be missing
-- behind an exit code of 0.
local function to_stdout(context, path)
    local sys, file <close> = context.core().sys, assert(io.open(path, "rb"))
    for chunk in function() return file:read(CHUNK) end do
        context.console:raw(chunk)
        if sys.stopped() then
            failure.raise("interrupted", "interrupted by a signal while the dump was written")
        elseif context.console.failed then
            failure.raise("environment", "the dump could not be written to stdout: " .. context.console.failed,
                "what was read from the pipe is not the whole dump; run it again, or name a file: out.sql")
        end
    end
end

local function pg_dump(core, conninfo, file, format, journal)
    local argv = { core.private.bindir() .. "/pg_dump", "--no-owner", "--no-privileges", "--no-password",
        "--exclude-schema=" .. '"' .. journal:gsub('"', '""') .. '"', "--format=" .. format,
        "--dbname=" .. conninfo, "--file=" .. file }
    local status, _, said = core.sys.spawn(argv)
    if status == 130 or status == 143 then
        failure.raise("interrupted", "interrupted by a signal while pg_dump wrote")
    elseif status ~= 0 then
        failure.raise("environment", ("pg_dump ended with exit code %d%s"):format(status,
            said and said ~= "" and ":\n" .. said:gsub("%s+$", "") or ""))
    end
end

-- pg_dump writes beside the file, which gets its name when it is complete and on the disk. What is meant for stdout
-- waits in wherry's own directory until it is complete, too: a reader gets the whole dump or nothing.
local function write(context, server, conninfo, file, journal)
    local core = context.core()
    if file == "-" then
        local directory = ("%s/dump-%d"):format(server:state_directory(), core.sys.pid())
        core.sys.mkdir(directory, tonumber("700", 8))
        local ok, fault = pcall(function()
            pg_dump(core, conninfo, directory .. "/out.sql", "plain", journal)
            to_stdout(context, directory .. "/out.sql")
        end)
        core.sys.remove_tree(directory)
        if not ok then
            error(fault, 0)
        end
        return
    end
    local beside = ("%s.wherry-%d"):format(file, core.sys.pid())
    local ok, fault = pcall(function()
        pg_dump(core, conninfo, beside, file:match "%.dump$" and "custom" or "plain", journal)
        core.sys.fsync(beside)
        local renamed, message = os.rename(beside, file)
        if not renamed then
            failure.raise("environment", message)
        end
    end)
    if not ok then
        os.remove(beside)
        error(fault, 0)
    end
end

-- Nothing is left to go on with, whatever the engine could say of a target that stays.
local function forget_state(result)
    result.hints, result.committed, result.run = {}, nil, nil
    if result.exit == 5 then
        local kind = result.error and result.error.kind
        result.exit = kind == "changed" and 5 or kind == "value" and 4 or 3
    end
end

--- Loads a database of the private server and dumps it. Raises only before and after the load; a load that fails is in
--- the result.
---@param context wherry.Context
---@param options table the engine's options without a target
---@param file string
---@return wherry.Result
function dump.run(context, options, file)
    local core = context.core()
    dump.check(core, file)
    local server = private.new(core, context.getenv)
    local started = server:start()
    local name = server:temporary_database(started, options.source)
    local conninfo = private.conninfo(started, name)
    options.target = { conninfo = conninfo, url_masked = url.from_keywords(conninfo), origin = "private server",
        database = name }
    options.transient = true -- there is no later run that could go on with this one
    local ok, result = pcall(function()
        local loaded = context.engine().run(options)
        if loaded.exit == 0 then
            context.console:log("info", ("pg_dump writes %s"):format(file == "-" and "to stdout" or file))
            write(context, server, conninfo, file, options.journal)
            loaded.target.file, loaded.hints = file, {}
        else
            forget_state(loaded)
        end
        return loaded
    end)
    local dropped, why = pcall(server.drop_database, server, started, name)
    if not dropped then
        context.console:log("warning", ("the database %s of the private server could not be removed: %s"):format(name,
            tostring(why)))
    end
    if not ok then
        error(result, 0)
    end
    return result
end

return dump
