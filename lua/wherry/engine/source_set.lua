-- source_set.lua: the files that a run reads, side by side: what is asked of all is asked of each. A run of one file
-- has that file's snapshot in the place of a set.
local source_set = {}
source_set.__index = source_set

---The name of the only source of a plan.
source_set.ONLY = "main"

---@class wherry.SourceSet
---@field list { name: string, snapshot: table, checked: boolean? }[] in the order of their names; snapshot:
---core.snapshot; checked: quick_check has passed
---@field private by_name table<string, table>
---@field private places table<string, integer[]> by name: places of its counts among those of all

---@param list { name: string, snapshot: table }[] at least one; the set closes them
---@return wherry.SourceSet|table
function source_set.new(list)
    if not list[2] and list[1].name == source_set.ONLY then
        return list[1].snapshot
    end
    local by_name = {}
    for _, one in ipairs(list) do
        by_name[one.name] = one.snapshot
    end
    return setmetatable({ list = list, by_name = by_name, places = {} }, source_set)
end

---The name of a table's source. Plans of earlier versions have one source, and tables that do not name it.
---@param tbl wherry.LoadTable
---@return string
function source_set.from(tbl)
    return tbl.from or source_set.ONLY
end

---The snapshot from which a table comes.
---@param source wherry.SourceSet|table a set, or the snapshot of the only source
---@param tbl wherry.LoadTable
---@return table core.snapshot
function source_set.of(source, tbl)
    return getmetatable(source) == source_set and source.by_name[source_set.from(tbl)] or source
end

---The snapshots as core.load and core.check take them.
---@param source wherry.SourceSet|table
---@return { name: string, snapshot: table }[]
function source_set.snapshots(source)
    return getmetatable(source) == source_set and source.list or { { name = source_set.ONLY, snapshot = source } }
end

---Begins to count, and to check each file behind that; see core.snapshot.
---@param options { counts: { table: string, sql: string, from: string? }[]?, check: boolean? }?
function source_set:check_start(options)
    local counts = options and options.counts or {}
    for _, one in ipairs(self.list) do
        local own, places = {}, {}
        for place, statement in ipairs(counts) do
            if source_set.from(statement) == one.name then
                own[#own + 1], places[#places + 1] = statement, place
            end
        end
        self.places[one.name] = places
        one.snapshot:check_start { counts = own, check = not one.checked and (not options or options.check == true) }
    end
end

---The counts that are known, by their places among the statements, and why one failed, if one did.
---@param wait boolean? until all are known or one failed
---@return table<integer, integer>
---@return table|nil fault
---@return integer count how many are known
function source_set:counts(wait)
    local all, count, fault = {}, 0, nil
    for _, one in ipairs(self.list) do
        local numbers, why = one.snapshot:counts(wait and not fault)
        fault = fault or why
        for index, number in ipairs(numbers) do
            all[self.places[one.name][index]], count = number, count + 1
        end
    end
    return all, fault, count
end

---What quick_check says; raises what it found.
---@param wait boolean?
---@return "running"|"passed"
function source_set:check(wait)
    local state = "passed"
    for _, one in ipairs(self.list) do
        state = one.snapshot:check(wait) == "running" and "running" or state
    end
    return state
end

---Raises where one of the files has changed.
function source_set:unchanged()
    for _, one in ipairs(self.list) do
        one.snapshot:unchanged()
    end
    return true
end

function source_set:close()
    for _, one in ipairs(self.list) do
        one.snapshot:close()
    end
end

return source_set
