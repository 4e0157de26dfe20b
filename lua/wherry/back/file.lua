-- file.lua: the SQLite file that the way back makes: its path, and what must not be there.
local failure = require "wherry.failure"
local url = require "wherry.url"

local file = {}

---The path of a target, by its spelling alone. Raises kind "usage" for what names no SQLite file.
---@param given string|nil
---@return string
function file.path(given)
    if not given or given == "" then
        failure.raise("usage", "no target: PostgreSQL goes into a SQLite file, which has to be named",
            "wherry run postgresql://... out.db")
    end
    local form = url.form(given)
    if form ~= "sqlite" and form ~= "path" then
        failure.raise("usage", ("%s is no SQLite file, and PostgreSQL goes into nothing else"):format(url.mask(given)),
            form == "dump" and "pg_dump makes dumps of a PostgreSQL database" or "wherry run postgresql://... out.db")
    end
    return url.sqlite_path(given)
end

-- What SQLite would take for a part of the new file: what a crashed program left of another one.
local BESIDE = { "-journal", "-wal", "-shm" }

---Refuses a path at which something is, or at which nothing can be made.
---@param core table wherry.core
---@param path string
function file.check(core, path)
    local there = core.sys.stat(path)
    if there then
        failure.raise("usage", there.type == "directory" and ("%s is a directory"):format(path)
            or ("%s is there already, and is left as it is"):format(path),
            "name a new file; nothing is overwritten")
    end
    for _, ending in ipairs(BESIDE) do
        if core.sys.stat(path .. ending) then
            failure.raise("usage", ("%s%s is there already: SQLite would take it for a part of the new file"):format(
                path, ending), "name another file, or move that one away")
        end
    end
    local folder = core.sys.stat(path:match "^(.*/)[^/]*$" or ".")
    if not folder or folder.type ~= "directory" then
        failure.raise("environment", ("the directory of %s does not exist"):format(path))
    elseif folder.writable == false then
        failure.raise("environment", ("the directory of %s can't be written"):format(path))
    end
end

return file
