-- What is asked of the source's rows about an expression that PostgreSQL will evaluate over them: whether they obey it,
-- and whether one of them takes it beyond the range where PostgreSQL raises an error.
local parse = require "wherry.expr.parse"
local scope = require "wherry.expr.pg.scope"
local sqlite = require "wherry.expr.sqlite"
local strings = require "wherry.expr.strings"

local questions = {}

-- More places would make a question that is longer than it is worth.
local MOST_PLACES = 50

-- As the reading connection takes it, where double quotes are no strings.
local function resolved(entry, text)
    local own = scope.of_table(entry)
    return strings.resolve(parse.expression(text), function(name)
        return own:column(nil, name, '"') ~= nil
    end)
end

---A condition as SQLite can be asked for it.
---@param entry wherry.Translated
---@param text string that the parser takes
---@return string
function questions.condition(entry, text)
    return sqlite.expression(resolved(entry, text))
end

-- Where integers become a real, and reals lose their range: PostgreSQL raises an error there. @ is the result.
local INFINITE = "(%1 IS 9e999 OR %1 IS -9e999)"
local BEYOND = "typeof(@) = 'real' AND typeof(left) = 'integer' AND typeof(right) = 'integer'"
    .. " OR infinite(@) AND NOT infinite(left) AND NOT infinite(right)"
    .. " OR @ IS NULL AND left IS NOT NULL AND right IS NOT NULL AND (infinite(left) OR infinite(right))"
-- Division of integers is cut to 0, which loses nothing.
local LOST = { ["*"] = " OR typeof(@) = 'real' AND @ IS 0 AND left IS NOT 0 AND right IS NOT 0",
    ["/"] = " OR typeof(@) = 'real' AND @ IS 0 AND left IS NOT 0" }

-- Functions whose result may leave the range; NULL may be one that is no number.
local POWERS = { exp = true, pow = true, power = true }
local OPERATORS = { ["+"] = true, ["-"] = true, ["*"] = true, ["/"] = true }

-- An operand as the operator takes it; a text counts by the number it begins with.
local function operand(node)
    return sqlite.expression { t = "cast", operand = node, type = "NUMERIC" }
end

-- The form with its parts; what stands in a part is not looked at again.
local function filled(form, parts)
    form = form:gsub("infinite%((.-)%)", INFINITE)
    return (form:gsub("[@%l]+", parts))
end

local function place(node)
    if node.t == "unary" and node.op == "-" and node.operand.t ~= "integer" then
        local value = operand(node.operand)
        return ("typeof(- %s) = 'real' AND typeof(%s) = 'integer'"):format(value, value)
    elseif node.t == "function" and POWERS[node.name] then
        return filled("infinite(@) OR @ IS 0 OR @ IS NULL", { ["@"] = sqlite.expression(node) })
    elseif node.t ~= "binary" or not OPERATORS[node.op] then
        return nil
    end
    local parts = { left = operand(node.left), right = operand(node.right) }
    parts["@"] = ("(%s %s %s)"):format(parts.left, node.op, parts.right)
    return filled(BEYOND .. (LOST[node.op] or ""), parts)
end

---A condition that rows obey where PostgreSQL can evaluate an expression without leaving a range.
---@param entry wherry.Translated
---@param text string that the parser takes
---@return string? condition nil: there is nothing to ask
---@return boolean too_many there is too much to ask
function questions.within_range(entry, text)
    local places = {}
    parse.walk(resolved(entry, text), function(node)
        places[#places + 1] = place(node)
    end)
    if #places > MOST_PLACES then
        return nil, true
    end
    return places[1] and "NOT (" .. table.concat(places, " OR ") .. ")" or nil, false
end

---How many rows are beyond a range of PostgreSQL's, by expression; false where that cannot be told.
---@param work wherry.Translation
---@param entry wherry.Translated
---@param texts string[] expressions
---@return (integer|false)[]
function questions.beyond_range(work, entry, texts)
    local counts, conditions, asked = {}, {}, {}
    for i, text in ipairs(texts) do
        local condition, too_many = questions.within_range(entry, text)
        counts[i] = not too_many and 0
        if condition and work.options.count_false then
            conditions[#conditions + 1], asked[#asked + 1] = condition, i
        end
    end
    local found = conditions[1] and work.options.count_false(entry.source, conditions) or {}
    for n, i in ipairs(asked) do
        counts[i] = found[n] or false
    end
    return counts
end

return questions
