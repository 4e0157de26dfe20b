-- match.lua: finding a name among the names that exist: exactly, else by a unique match without regard to case, and
-- else saying which one was probably meant.
local match = {}

---Looks a name up. SQLite's names have no case and PostgreSQL's unquoted ones are folded, so a unique match without
---case is what both sides mean; two candidates are a question for the user.
---@param name string
---@param candidates string[]
---@return string|nil found
---@return "exact"|"case"|"none"|"ambiguous" how
---@return string[] alternatives the candidates that are equal without case, sorted
function match.find(name, candidates)
    local folded, equal = name:lower(), {}
    for _, candidate in ipairs(candidates) do
        if candidate == name then
            return candidate, "exact", {}
        end
        if candidate:lower() == folded then
            equal[#equal + 1] = candidate
        end
    end
    table.sort(equal)
    if #equal == 1 then
        return equal[1], "case", equal
    end
    return nil, #equal == 0 and "none" or "ambiguous", equal
end

---The number of single-byte insertions, deletions, replacements and exchanges of neighbours between two texts.
---@param a string
---@param b string
---@return integer
local function distance(a, b)
    local before, previous, current = {}, {}, {}
    for j = 0, #b do
        previous[j] = j
    end
    for i = 1, #a do
        current[0] = i
        for j = 1, #b do
            local same = a:byte(i) == b:byte(j)
            local best = math.min(previous[j] + 1, current[j - 1] + 1, previous[j - 1] + (same and 0 or 1))
            if i > 1 and j > 1 and a:byte(i) == b:byte(j - 1) and a:byte(i - 1) == b:byte(j) then
                best = math.min(best, before[j - 2] + 1)
            end
            current[j] = best
        end
        before, previous, current = previous, current, before
    end
    return previous[#b]
end

---The candidate that was probably meant, or nil when none is near.
---@param name string
---@param candidates string[]
---@return string|nil
function match.nearest(name, candidates)
    local wanted = name:lower():gsub("[_%s-]", "")
    local limit = math.max(1, #wanted // 3)
    local best, best_distance
    local sorted = table.move(candidates, 1, #candidates, 1, {})
    table.sort(sorted)
    for _, candidate in ipairs(sorted) do
        local text = candidate:lower():gsub("[_%s-]", "")
        if math.abs(#text - #wanted) <= limit and #text <= 200 then
            local d = distance(wanted, text)
            if d <= limit and (not best_distance or d < best_distance) then
                best, best_distance = candidate, d
            end
        end
    end
    if best then
        return best
    end
    -- a part of a longer name: "artifact" for "artifacts_archive" is no slip of the finger, but still the likely wish
    for _, candidate in ipairs(sorted) do
        local text = candidate:lower():gsub("[_%s-]", "")
        if #wanted >= 4 and #text >= 4 and (text:find(wanted, 1, true) or wanted:find(text, 1, true)) then
            return candidate
        end
    end
    return nil
end

---The question to add to a message: `did you mean "x"?`, or nil.
---@param name string
---@param candidates string[]
---@return string|nil
function match.suggestion(name, candidates)
    local nearest = match.nearest(name, candidates)
    return nearest and ('did you mean "%s"?'):format(nearest) or nil
end

return match
