local core = require "wherry.core"
local files = require "wherry.report.files"
local process = require "tests.support.process"
local reports = require "tests.support.reports"

describe("the files of a report", function()
    local place

    before_each(function() place = core.sys.temp "wherry-test-" end)
    after_each(function() core.sys.remove_tree(place) end)

    it("are three, the document to the byte, made in a folder that is made", function()
        local text = reports.text "verified"
        local made = files.write(place .. "/a/b", text)
        assert.same({ json = place .. "/a/b/report.json", html = place .. "/a/b/report.html",
            text = place .. "/a/b/migration_report_20251130_105527.txt" }, made)
        assert.equal(text .. "\n", process.read(made.json))
        assert.equal("3", process.shell("ls -A " .. place .. "/a/b | wc -l"))
    end)

    it("replace the page, never another text; the same text is not written twice", function()
        local first = files.write(place, reports.text "verified")
        assert.equal(first.text, files.write(place, reports.text "verified").text)
        local second = files.write(place, reports.text "differs")
        assert.equal(place .. "/migration_report_20251130_105527_2.txt", second.text)
        assert.truthy(process.read(first.text):find("status:      verified", 1, true))
        assert.truthy(process.read(second.html):find(">Differs<", 1, true))
    end)

    it("are refused a folder that is none, or that can't be made", function()
        process.write(place .. "/file", "")
        for _, folder in ipairs { place .. "/file", place .. "/file/x", "/proc/wherry" } do
            local ok, fault = pcall(files.prepare, folder)
            assert.is_false(ok)
            assert.equal("environment", fault.kind)
            assert.truthy(fault.message:find(folder, 1, true))
        end
        assert.equal("usage", select(2, pcall(files.prepare, "")).kind)
    end)

    it("are a finding where they could not be written", function()
        local said, result = {}, { exit = 0, findings = {} }
        local function log(level, text) said[#said + 1] = level .. " " .. text end
        files.tell(place, reports.text "none", log, result)
        assert.same({ 0, 0 }, { result.exit, #result.findings })
        assert.matches("^info report: .*/report.html, ", said[1])
        process.shell(("mkdir -p %s/x/report.json/y"):format(place))
        files.tell(place .. "/x", reports.text "none", log, result)
        assert.same({ 3, "report" }, { result.exit, result.findings[1].code })
        assert.matches("^error the report can't be written into ", said[2])
        assert.equal("", process.shell(("ls -A %s/x | grep wherry; true"):format(place)))
        result = { exit = 5, findings = {} }
        files.tell(place .. "/x", reports.text "none", log, result)
        assert.equal(5, result.exit)
    end)
end)
