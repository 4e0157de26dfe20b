-- report.html in a real browser: what the page says is what report.json says, all of it; it can be read in light and in
-- dark, on a wide screen, on a narrow one and on paper; nothing in it runs or is loaded.
local browser = require "tests.support.browser"
local files = require "wherry.report.files"
local grouped = require "wherry.progress".grouped
local h = require "tests.support.harness"
local place = require "wherry.place"
local report_counts = require "wherry.report.counts"
local reports = require "tests.support.reports"
local restored = require "wherry.report.restored"

local KINDS = { "real", table.unpack(reports.kinds) }
local folder = h.process.directory "reports"
local docs, light, dark = {}, {}, {}

-- A run with rows that are filtered, rejected, excluded and emitted, under names that are no ordinary ones.
local function run_real()
    local file = h.source([[CREATE TABLE "my <notes>"(id INTEGER PRIMARY KEY, title TEXT NOT NULL, n ANY);
        INSERT INTO "my <notes>" VALUES (1, 'a', 1), (2, 'spam', 2), (3, 'c & d', 'no number'), (4, 'old', 4),
            (5, 'e', 5);
        CREATE TABLE tags(id INTEGER PRIMARY KEY, note INTEGER REFERENCES "my <notes>"(id), tag TEXT);
        INSERT INTO tags VALUES (1, 1, 'x'), (2, 5, 'y');
        CREATE VIEW tagged AS SELECT * FROM tags; CREATE TABLE words(word TEXT);]])
    h.process.write(h.path "source/migrate.lua", ([[local w = require "wherry"
        return w.plan { from = w.sqlite %q, on_bad = "reject", tables = {
            ["my <notes>"] = { into = "notes", where = "title <> 'old'", emits = { "words" },
                row = function(old, new, emit)
                    if old.title == "spam" then return w.drop "it is <spam>" end
                    emit("words", { word = old.title })
                end } } }]]):format(file))
    local database = h.database()
    local name, password = h.role()
    h.sql("postgres", ("ALTER DATABASE %s OWNER TO %s"):format(database, name))
    h.sql(database, ([[SET ROLE %s; CREATE SCHEMA own; CREATE TABLE own.notes(id int PRIMARY KEY, title text NOT NULL,
        n int); CREATE TABLE own.tags(id int PRIMARY KEY, note int REFERENCES own.notes, tag text);
        CREATE TABLE own.words(word text)]]):format(name))
    local result = h.wherry { "run", h.path "source/migrate.lua", h.url(database, name, password), "--report",
        folder .. "/real", "--target-schema=own" }
    assert.equal(1, result.code, result.said)
    for _, path in ipairs { "report.json", "report.html" } do
        local text = h.process.read(folder .. "/real/" .. path)
        assert.is_nil(text:find(password, 1, true))
        assert.is_nil(text:find(h.escape(password), 1, true))
    end
end

setup(function()
    run_real()
    local paths = {}
    for index, kind in ipairs(KINDS) do
        if kind ~= "real" then
            files.write(folder .. "/" .. kind, reports.text(kind))
        end
        docs[kind] = restored.document(h.process.read(("%s/%s/report.json"):format(folder, kind)))
        paths[index] = ("%s/%s/report.html"):format(folder, kind)
    end
    local in_light, in_dark = browser.read(h.path "browser", paths, "light"),
        browser.read(h.path "browser", paths, "dark")
    for index, kind in ipairs(KINDS) do
        light[kind], dark[kind] = in_light[index], in_dark[index]
    end
end)

teardown(function()
    h.cleanup()
    os.execute("rm -rf " .. folder)
end)

-- As the browser gives a text: runs of space are one.
local function plain(text)
    return (text:gsub("%s+", " "))
end

-- Whether the text is there, as it is shown; its lines may stand below each other.
local function says(text, wanted)
    text = plain(text)
    local lines = {}
    for line in (tostring(wanted) .. "\n"):gmatch "(.-)\n" do
        lines[#lines + 1] = place.printable(line)
    end
    return text:find(plain(place.printable(wanted)):match "^%s*(.-)%s*$", 1, true)
        or text:find(plain(table.concat(lines, "\n")):match "^%s*(.-)%s*$", 1, true)
end

local function assert_says(page, section, wanted)
    local text = section and page.sections[section] or page.text
    assert.truthy(text, "there is no section " .. tostring(section))
    assert.truthy(says(text, wanted), ("%s does not say: %s"):format(section or "the page", wanted))
end

-- The row of a section's tables whose cells hold all of these, in this order and beside each other.
local function assert_row(page, section, cells)
    for index, cell in ipairs(cells) do
        cells[index] = plain(place.printable(cell))
    end
    local wanted = "\0" .. table.concat(cells, "\0") .. "\0"
    for _, row in ipairs(page.rows[section] or {}) do
        local own = {}
        for index, cell in ipairs(row) do
            own[index] = plain(cell)
        end
        if ("\0" .. table.concat(own, "\0") .. "\0"):find(wanted, 1, true) then
            return
        end
    end
    error(("no row of %s is: %s"):format(section, table.concat(cells, " | ")), 2)
end

local function numbers(entry, names)
    local cells = {}
    for index, name in ipairs(names) do
        cells[index] = grouped(entry[name])
    end
    return cells
end

local SOURCE = { "total", "excluded", "filtered", "rejected", "merged", "passed" }
local TARGET = { "passed", "emitted", "inserted", "updated", "skipped", "rejected" }

local function sum(map)
    local total = 0
    for _, count in pairs(map) do
        total = total + count
    end
    return total
end

for _, kind in ipairs(KINDS) do
    describe(("the page of a report (%s)"):format(kind), function()
        local doc, page

        before_each(function()
            doc, page = docs[kind], light[kind]
        end)

        it("says the verdict first", function()
            local words = { verified = "Verified", counted = "Counted", differs = "Differs", failed = "Failed",
                refused = "Refused" }
            assert.equal(words[doc.status], page.word)
            if doc.error then
                assert.truthy(says(page.sentence, doc.error.message:match "^[^\n]*"))
            end
            assert.equal(1, page.headings[1])
            assert.is_true(page.first_screen < 500)
        end)

        it("says every count of the ledger", function()
            for _, source in ipairs(doc.sources) do
                for _, entry in ipairs(source.tables) do
                    local reasons = entry.filtered
                    entry = setmetatable({ filtered = sum(reasons) }, { __index = entry })
                    assert_row(page, "ledger", { entry.table, table.unpack(numbers(entry, SOURCE)) })
                    for reason, count in pairs(reasons) do
                        assert_row(page, "ledger", { entry.table, reason, grouped(count) })
                    end
                end
            end
            local inserted = 0
            for _, entry in ipairs(doc.targets) do
                local cells = { entry.table, table.unpack(numbers(entry, TARGET)) }
                cells[#cells + 1] = ("%.2f"):format(entry.seconds)
                assert_row(page, "ledger", cells)
                inserted = inserted + entry.inserted + entry.updated
            end
            assert.equal(doc.targets[1] and grouped(inserted) or nil, page.figures["rows in the target"])
        end)

        it("names every object, what became of it, and counts them", function()
            local counts = { exact = 0, changed = 0, not_carried = 0 }
            for _, object in ipairs(doc.objects) do
                counts[object.outcome] = counts[object.outcome] + 1
                local section = object.outcome == "not_carried" and "not-carried" or "objects"
                if object.note or object.outcome ~= "exact" then
                    assert_row(page, section, { object.kind, object.name, object.note or "" })
                else
                    assert_says(page, section, object.name)
                end
            end
            if doc.objects[1] then
                assert_says(page, "objects", ("%d exact, %d changed, %d not carried"):format(counts.exact,
                    counts.changed, counts.not_carried))
            end
        end)

        it("says what is wrong, where, and what to do", function()
            assert.equal(grouped(#doc.findings), page.figures.findings)
            for _, finding in ipairs(doc.findings) do
                for _, name in ipairs { "reason", "hint", "table", "column", "key" } do
                    if finding[name] then
                        assert_says(page, "findings", finding[name])
                    end
                end
            end
            local rejected = 0
            for _, group in ipairs(doc.rejects) do
                rejected = rejected + group.count
                assert_row(page, "rejects", { group.table, group.column or "", grouped(group.count) })
                assert_says(page, "rejects", group.reason)
                for _, example in ipairs(group.examples) do
                    assert_says(page, "rejects", example.key)
                    assert_says(page, "rejects", example.value and (example.value.text or example.value.hex) or "")
                end
            end
            assert.equal(grouped(rejected), page.figures.rejected)
            for _, name in ipairs(doc.error and { "message", "hint", "table", "column", "key", "sqlstate" } or {}) do
                if doc.error[name] then
                    assert_says(page, "error", doc.error[name])
                end
            end
        end)

        it("says what was compared, row by row where something differs", function()
            local one = doc.comparison
            if not one or one.state == "skipped" then
                return
            end
            for _, entry in ipairs(one.tables) do
                assert_row(page, "comparison", { table.concat(entry.sources, ", "), grouped(entry.rows_source),
                    grouped(entry.rows_target) })
                assert_says(page, "comparison", entry.table)
                if entry.note then
                    assert_says(page, "comparison", entry.note)
                end
                for _, difference in ipairs(entry.differences) do
                    assert_says(page, "comparison", difference.key)
                    for _, column in ipairs(difference.columns) do
                        assert_row(page, "comparison", { column.column, place.value { value = column.source },
                            place.value { value = column.target } })
                    end
                end
                if entry.more > 0 then
                    assert_says(page, "comparison", ("%d more rows"):format(entry.more))
                end
            end
            for _, entry in ipairs(one.left_out) do
                assert_row(page, "comparison", { entry.table, entry.column, entry.why })
            end
            for _, entry in ipairs(one.witness and one.witness.list or {}) do
                assert_row(page, "witness", { entry.sqlite, entry.pg })
            end
            for _, entry in ipairs(one.witness and one.witness.left_out or {}) do
                assert_row(page, "witness", { entry.table, entry.column, entry.why })
            end
            for _, entry in ipairs(one.audit) do
                assert_row(page, "audit", { entry.kind, entry.table, entry.name })
                assert_says(page, "audit", entry.detail or "")
                assert_says(page, "audit", entry.hint or "")
            end
            for _, check in ipairs(doc.checks) do
                assert_says(page, "checks", check.name)
                assert_says(page, "checks", check.detail or "")
                for _, text in ipairs(check.differences) do
                    assert_says(page, "checks", text)
                end
            end
        end)

        it("shows tables as bars, and how fast rows were read", function()
            local bars, rows = {}, 0
            for _, bar in ipairs(page.bars) do
                if bar[1]:find "rows" then
                    bars[#bars + 1] = bar[2]
                end
            end
            assert.equal(math.min(40, #doc.targets), #bars)
            for index, entry in ipairs(doc.targets) do
                bars.most = math.max(bars.most or 0, entry.passed + entry.emitted)
                rows = math.max(rows, index)
            end
            assert.is_true(rows == 0 or bars.most == 0 or math.abs(bars[1] - 1) < 0.01)
            for index = 2, #bars do
                assert.is_true(bars[index] <= bars[index - 1] + 0.001)
            end
            local read, seconds = 0, 0
            for _, bin in ipairs(doc.report.throughput) do
                read, seconds = read + bin.rows, bin.t
            end
            if read > 0 then
                assert_says(page, "throughput", ("%s rows were read"):format(grouped(read)))
                assert_says(page, "throughput", ("%s rows a second in the mean"):format(grouped(
                    math.floor(read / seconds + 0.5))))
            end
        end)

        it("says who ran what, where, when, and what comes next", function()
            local about = doc.report
            for _, text in ipairs { about.operator, about.host, about.command, doc.status,
                ("wherry %s"):format(about.versions.wherry), about.started:gsub("T", " "):gsub("Z", " UTC") } do
                assert_says(page, "origin", text)
            end
            for _, source in ipairs(doc.sources) do
                assert_says(page, "origin", source.path)
                assert_says(page, "origin", source.fingerprint)
            end
            for _, name in ipairs(doc.target and { "url", "database", "host", "schema", "server_version" } or {}) do
                if doc.target[name] then
                    assert_says(page, "origin", doc.target[name])
                end
            end
            for _, step in ipairs(about.next_steps) do
                local section = (step.group == "now" or step.group == "switch") and "next" or "back"
                assert_says(page, section, step.text)
                assert_says(page, section, step.command or "")
            end
            for _, text in ipairs(about.accepted) do
                assert_says(page, "origin", text)
            end
        end)

        it("runs nothing, loads nothing, and leads nowhere else", function()
            assert.same({ 0, 0, {} }, { page.scripts, page.loaded, page.dead })
            for _, link in ipairs(page.links) do
                assert.matches("^#", link)
            end
            assert.is_nil(page.title:find("pwned", 1, true) and not page.title:find("<script>", 1, true))
            assert.equal(0, page.captions)
            for index = 2, #page.headings do
                assert.is_true(page.headings[index] <= page.headings[index - 1] + 1)
            end
        end)

        it("can be read in light, in dark, on a narrow screen and on paper", function()
            assert.are_not.equal(page.background, dark[kind].background)
            assert.equal("rgb(255, 255, 255)", page.paper_background)
            assert.equal("rgb(255, 255, 255)", dark[kind].paper_background)
            for _, one in ipairs { page, dark[kind] } do
                assert.same({ 0, 0, 0 }, { one.wide, one.narrow, one.paper })
                assert.is_true(one.least.contrast >= 4.5, one.least.text)
                assert.is_true(one.paper_least.contrast >= 4.5, one.paper_least.text)
                assert.equal(one.text, page.text)
            end
        end)
    end)
end

describe("the real run's report", function()
    it("is about what it should be about", function()
        local doc = docs.real
        local notes = doc.sources[1].tables[1]
        assert.same({ "my <notes>", 5, 1, 1, 2 }, { notes.table, notes.total, notes.excluded, notes.rejected,
            notes.passed })
        assert.same({ ["it is <spam>"] = 1 }, notes.filtered)
        assert.is_true(report_counts.filtered(restored.result(doc)).rows == 1)
        assert.is_true(#doc.report.throughput >= 2)
    end)
end)
