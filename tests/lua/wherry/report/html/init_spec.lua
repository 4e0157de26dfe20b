local page = require "wherry.report.html"
local reports = require "tests.support.reports"
local restored = require "wherry.report.restored"

describe("the page of a report", function()
    for _, kind in ipairs(reports.kinds) do
        it(("is one page without scripts and without anything from elsewhere (%s)"):format(kind), function()
            local html = page(restored.document(reports.text(kind)))
            assert.matches("^<!DOCTYPE html>\n<html lang=\"en\"><head>", html)
            local tags = html:gsub('"[^"]*"', '""')
            for _, forbidden in ipairs { "<script", "<img", "<link", "<iframe", "<object", "<[^>]* on%a+=", "url%(",
                "@import", "[^\t\n\32-\126\128-\255]" } do
                assert.is_nil(tags:find(forbidden), forbidden)
            end
            assert.truthy(utf8.len(html))
            for place in html:gmatch ' href="([^"]*)"' do
                assert.truthy(html:find((' id="%s"'):format(place:sub(2)), 1, true), place)
            end
            local depth = {}
            for closing, name in html:gsub("<style>.-</style>", ""):gmatch "<(/?)([%w]+)[^>]*>" do
                if closing == "/" then
                    assert.equal(name, table.remove(depth))
                elseif name ~= "meta" and name ~= "br" then
                    depth[#depth + 1] = name
                end
            end
            assert.same({}, depth)
        end)
    end

    it("stands what is not there: a document with as little as can be", function()
        for _, doc in ipairs { { status = "failed" }, { status = "verified", report = {} },
            { status = "differs", command = "verify", comparison = { state = "differs", tables = {} } } } do
            assert.matches("</html>\n$", page(doc))
        end
    end)

    it("says verified only where the document does", function()
        assert.truthy(page({ status = "counted" }):find(">Counted<", 1, true))
        assert.is_nil(page({ status = "counted" }):find(">Verified<", 1, true))
        assert.truthy(page({ status = "verified", report = { but = "t.c (its default is now())" } }):find(
            "both sides, but for t.c (its default is now()).", 1, true))
    end)
end)
