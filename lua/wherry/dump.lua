-- dump.lua: `run FILE out.sql|out.dump|-`: the private server gets the data, pg_dump of the same version carries it to
-- a server that can't be reached from here. The database in between lives as long as the command.
local failure = require "wherry.failure"
local private = require "wherry.private"
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

-- pg_dump writes beside the file, which gets its name when it is complete and on the disk.
local function write(core, conninfo, file, journal)
    local beside = file ~= "-" and ("%s.wherry-%d"):format(file, core.sys.pid()) or nil
    local argv = { core.private.bindir() .. "/pg_dump", "--no-owner", "--no-privileges", "--no-password",
        "--exclude-schema=" .. '"' .. journal:gsub('"', '""') .. '"',
        "--format=" .. (file:match "%.dump$" and "custom" or "plain"), "--dbname=" .. conninfo }
    if beside then
        table.insert(argv, "--file=" .. beside)
    end
    local ok, status, _, said = pcall(core.sys.spawn, argv, { inherit = beside == nil })
    if ok and status == 0 and beside then
        core.sys.fsync(beside)
        local renamed, message = os.rename(beside, file)
        if renamed then
            return
        end
        ok, status = false, failure.new("environment", message)
    end
    if beside then
        os.remove(beside)
    end
    if not ok then
        error(status, 0)
    elseif status == 130 or status == 143 then
        failure.raise("interrupted", "interrupted by a signal while pg_dump wrote")
    elseif status ~= 0 then
        failure.raise("environment", ("pg_dump ended with exit code %d%s"):format(status,
            said and said ~= "" and ":\n" .. said:gsub("%s+$", "") or ""))
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
    local ok, result = pcall(function()
        local loaded = context.engine().run(options)
        if loaded.exit == 0 then
            context.console:log("info", ("pg_dump writes %s"):format(file == "-" and "to stdout" or file))
            write(core, conninfo, file, options.journal)
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
