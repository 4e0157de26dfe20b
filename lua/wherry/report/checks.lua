-- checks.lua: what the plan's verify has found, as text: a line for each check; all that failed, with what differs.
local place = require "wherry.place"

local report_checks = {}

local LISTED = 20

local printable = place.printable

local function count_of(list)
    local failed = 0
    for _, check in ipairs(list) do
        failed = failed + (check.passed and 0 or 1)
    end
    return #list - failed, failed
end

local function describe(check, console, lines)
    local text = ("  %s  %s%s"):format(check.passed and "pass" or "FAIL", printable(check.name),
        check.detail and ": " .. printable(check.detail) or "")
    lines[#lines + 1] = check.passed and text or console:paint("bad", text)
    for _, difference in ipairs(check.differences) do
        lines[#lines + 1] = "          " .. printable(difference)
    end
    if check.hint then
        lines[#lines + 1] = "          hint: " .. printable(check.hint)
    end
end

---Adds the lines.
---@param result table
---@param console wherry.Console
---@param options { verbose: boolean? }
---@param lines string[]
function report_checks.add(result, console, options, lines)
    local verification, list = result.verification or { state = "none" }, result.checks or {}
    if verification.state == "none" then
        return
    end
    lines[#lines + 1] = ""
    if verification.state == "skipped" then
        lines[#lines + 1] = "Checks of the script: not run (" .. verification.note .. ")"
        return
    end
    local passed, failed = count_of(list)
    lines[#lines + 1] = list[1] and ("Checks of the script: %d passed, %d failed"):format(passed, failed)
        or "Checks of the script: its verify has made none"
    local shown = 0
    for _, check in ipairs(list) do
        shown = shown + (check.passed and 1 or 0)
        if not check.passed or shown <= LISTED or options.verbose then
            describe(check, console, lines)
        end
    end
    if passed > LISTED and not options.verbose then
        lines[#lines + 1] = ("  ... and %d more that passed (--verbose)"):format(passed - LISTED)
    end
end

return report_checks
