-- words.lua: numbers, times and states as the page has them.
local grouped = require "wherry.progress".grouped

local words = {}

---@param number integer
---@return string
function words.count(number)
    return grouped(math.tointeger(number) or math.floor(number + 0.5))
end

---"1 row", "2 rows", "3 indexes"
---@param number integer
---@param one string
---@param many string?
---@return string
function words.of(number, one, many)
    return ("%s %s"):format(words.count(number), number == 1 and one or many or one .. "s")
end

---@param seconds number
---@return string
function words.span(seconds)
    if seconds < 60 then
        return ("%.2f s"):format(seconds)
    elseif seconds < 3600 then
        return ("%d min %d s"):format(seconds // 60, seconds % 60 // 1)
    end
    return ("%d h %d min"):format(seconds // 3600, seconds % 3600 // 60)
end

---A share, never rounded to nothing or to all.
---@param part number
---@param whole number
---@return string
function words.share(part, whole)
    if part == 0 or whole == 0 then
        return "0 %"
    end
    local percent = 100 * part / whole
    return percent < 0.01 and "< 0.01 %" or part < whole and percent > 99.99 and "> 99.99 %"
        or ("%.4g %%"):format(percent)
end

---A moment of a document, for people.
---@param iso string|nil
---@return string
function words.moment(iso)
    local date, time = (iso or ""):match "^(%d+-%d+-%d+)T([%d:]+)Z$"
    return date and ("%s %s UTC"):format(date, time) or iso or "not known"
end

---The last part of a path.
---@param path string
---@return string
function words.name(path)
    return path:match "([^/]+)/*$" or path
end

-- How each status is told: how good it is, in one word, in one sentence.
local STATUS = {
    verified = { "good", "Verified", "Every value of every row is the same on both sides." },
    counted = { "good", "Counted", "Every row is accounted for, and the counts are the same on both sides. The "
        .. "contents were not compared." },
    loaded = { "warn", "Loaded, not verified", "Every row was sent and accepted. Nothing was compared afterwards." },
    sampled = { "warn", "Sampled", "Among the rows that were compared there is no difference. Not all were compared." },
    differs = { "bad", "Differs", "It has ended, but not everything is as it should be." },
    refused = { "bad", "Refused", "Nothing was written." },
    interrupted = { "warn", "Interrupted", "It was stopped before its end." },
    failed = { "bad", "Failed", "It has not come to its end." },
}

---@param doc table
---@return "good"|"warn"|"bad" tone
---@return string word
---@return string sentence
function words.status(doc)
    local known = STATUS[doc.status] or { "warn", doc.status or "not known", "" }
    local sentence = known[3]
    if doc.status == "failed" or doc.status == "interrupted" then
        sentence = sentence .. (doc.run and doc.command ~= "verify"
            and " What was committed stands in the target, and the journal knows it." or " Nothing was written.")
    end
    return known[1], known[2], sentence
end

return words
