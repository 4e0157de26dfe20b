-- text.lua: what a verification has found, as text; the last line says it in one sentence.
local moment = require "wherry.moment"
local place = require "wherry.place"
local report = require "wherry.report"
local report_comparison = require "wherry.report.comparison"
local target = require "wherry.target"

local text = {}

local printable = place.printable

local VERDICTS = {
    verified = "verified: every value of every row is the same on both sides",
    sampled = "sampled: no difference among the rows that were compared",
    counted = "counted: the counts are the same on both sides, and no value was compared",
    differs = "DIFFERS: the two sides are not the same (see what is told above)",
    refused = "refused: the plan does not fit what is there",
    interrupted = "interrupted: nothing can be said yet",
    failed = "FAILED: nothing can be said",
}

local function verdict(result)
    local said = VERDICTS[result.status]
    if result.error then
        said = ("%s (%s)"):format(said, (printable(result.error.message:match "^[^\n]*"):gsub("%.$", "")))
    elseif result.status == "verified" or result.status == "sampled" then
        said = said .. report_comparison.extent(result)
    end
    return said .. (result.target and "; target " .. target.describe(result.target) or "")
        .. (result.run and ("; run %d"):format(result.run) or "") .. ". Nothing was written."
end

-- What is compared with what.
local function head(result, lines)
    local chosen = result.target
    if not (chosen and result.comparison) then
        return
    end
    lines[1] = "Target: " .. target.describe(chosen) .. (chosen.schema and ", schema " .. printable(chosen.schema)
        or "") .. (chosen.server_version and ", PostgreSQL " .. chosen.server_version:match "^%S+" or "")
    for _, source in ipairs(result.sources) do
        lines[#lines + 1] = ("Source: %s%s%s"):format(#result.sources > 1 and printable(source.name) .. ": " or "",
            printable(source.path), source.taken and " as it was at " .. moment.text(source.taken // 1000000) or "")
    end
end

---@param result wherry.Result
---@param console wherry.Console
---@param options { verbose: boolean? }
---@return string
function text.full(result, console, options)
    local lines = {}
    head(result, lines)
    report.add_verified(result, console, options, lines)
    if lines[1] and lines[#lines] ~= "" then
        lines[#lines + 1] = ""
    end
    lines[#lines + 1] = console:paint(result.exit == 0 and "good" or "bad", verdict(result))
    return table.concat(lines, "\n") .. "\n"
end

return text
