local reports = require "tests.support.reports"
local restored = require "wherry.report.restored"
local text_file = require "wherry.report.text_file"

describe("the text of a report", function()
    local function text(kind)
        return text_file(restored.document(reports.text(kind)))
    end

    it("begins with who ran what, and ends with what comes next", function()
        local found = text "verified"
        assert.matches("^wherry: migration report\n=+\n\nstatus:      verified\n", found)
        assert.truthy(found:find("\noperator:    maria on build-7\n", 1, true))
        assert.truthy(found:find("\nended:       2025-11-30 10:55:27 UTC (2 min 7 s)\n", 1, true))
        assert.truthy(found:find("\nAfterwards\n  1. ", 1, true))
    end)

    it("has the summary in full: all tables, the error, no more than what can be printed", function()
        assert.truthy(text("many"):find("table_with_a_rather_long_name_600", 1, true))
        assert.truthy(text("failed"):find("what to do: mend the script", 1, true))
        assert.is_nil(text("hostile"):find "[^\n\32-\126\128-\255]")
        assert.is_nil(text("hostile"):find("\u{202e}", 1, true))
        for _, kind in ipairs(reports.kinds) do
            assert.truthy(utf8.len(text(kind)))
        end
    end)
end)
