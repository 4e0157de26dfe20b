-- source_files.lua: the files of a plan that has several sources: those that it names, or those that its pattern finds.
local core = require "wherry.core"
local ends = require "wherry.plan.ends"
local failure = require "wherry.failure"
local glob = require "wherry.glob"
local shallow = require "wherry.shallow"
local sources = require "wherry.plan.sources"

local source_files = {}

local WILD = "[%*%?%[]"

-- What SQLite has beside a file is no database.
local function is_beside(name)
    return name:find "%-wal$" or name:find "%-shm$" or name:find "%-journal$"
end

-- Paths that match a pattern whose first parts are found already, folder by folder. A name that begins with a dot is
-- found by one alone, as shells have it.
local function find(folder, parts, place, found)
    local part, last = parts[place], place == #parts
    local names = part:find(WILD) and (core.sys.stat(folder) or {}).type == "directory" and core.sys.listdir(folder)
        or not part:find(WILD) and { part } or {}
    for _, name in ipairs(names) do
        local wanted = not part:find(WILD) or glob.matches(name, part, true)
            and (name:sub(1, 1) ~= "." or part:sub(1, 1) == ".")
        local path = (folder == "/" and "" or folder) .. "/" .. name
        local there = wanted and core.sys.stat(path)
        if there and not last then
            find(path, parts, place + 1, found)
        elseif wanted and last and not is_beside(name) and (there and there.type ~= "directory"
            or not there and part:find(WILD)) then -- a link that leads nowhere is told, not passed over
            found[#found + 1] = path
        end
    end
end

-- What the wildcards of a pattern stand for: the path between what comes before the first and behind the last one.
local function name_of(path, pattern)
    local first = pattern:find(WILD)
    local behind = pattern:match ".*[%*%?%]](.*)$"
    return path:sub(first, #path - #behind)
end

local function of_glob(given, getenv, folder)
    local pattern = ends.path(ends.sqlite(given.pattern), getenv, folder)
    if pattern:sub(1, 1) ~= "/" then
        pattern = core.sys.realpath "." .. "/" .. pattern
    end
    if not pattern:find(WILD) then
        failure.raise("plan", ("w.sqlite.glob: there is no wildcard (* ? [a-z]) in %s"):format(given.pattern),
            'a single file is named: w.sqlite "PATH"')
    end
    local parts, found, files = {}, {}, {}
    for part in pattern:gmatch "[^/]+" do
        parts[#parts + 1] = part
    end
    find("/", parts, 1, found)
    if not found[1] then
        failure.raise("environment", ("no file matches %s"):format(pattern), "check the pattern, and where it counts "
            .. "from: the script's folder")
    end
    local plain = "/" .. table.concat(parts, "/")
    for i, path in ipairs(found) do
        local name = name_of(path, plain)
        files[i] = { name = name, path = path, given = sources.found(given, name, path),
            lenient = not given.options.strict }
    end
    return files
end

-- The only source of a run is called main, in the journal, too; a file that is found beside others can't be.
local function rename_main(files)
    local taken, name = {}, sources.ONLY
    for _, file in ipairs(files) do
        taken[file.name] = file
    end
    local own = taken[sources.ONLY]
    while own and taken[name] do
        name = name .. "_"
    end
    if own then
        own.name = name
    end
end

---The files of a plan with several sources, in the order of their names.
---@param plan wherry.Plan
---@param getenv? fun(name: string): string|nil
---@return wherry.SourceFile[]
function source_files.of(plan, getenv)
    local files = {}
    getenv = getenv or os.getenv
    if ends.is_glob(plan.from) then
        files = of_glob(plan.from, getenv, plan.folder)
    else
        for i, name in ipairs(shallow.keys(plan.from)) do
            files[i] = { name = name, path = ends.path(plan.from[name], getenv, plan.folder), given = plan.from[name] }
        end
    end
    rename_main(files)
    table.sort(files, function(a, b) return a.name < b.name end)
    return files
end

---Raises where two sources are one file: a link may lead to one that is there already under another name.
---@param files wherry.SourceFile[]
function source_files.refuse_twins(files)
    local seen = {}
    for _, file in ipairs(files) do
        local found = core.sys.stat(file.path)
        local sign = found and found.device .. ":" .. found.inode or file.path
        if seen[sign] then
            failure.raise("plan", ("the sources %s and %s are the same file, %s"):format(seen[sign].name, file.name,
                core.sys.realpath(file.path) or file.path), "each file can be a source once")
        end
        seen[sign] = file
    end
end

return source_files
