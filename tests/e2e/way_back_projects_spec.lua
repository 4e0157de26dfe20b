-- The four projects whose schemas are real, there and back: every row of every table is bytewise what it was.
local h = require "tests.support.harness"
local fill = require "tests.support.fill"
local there_and_back = require "tests.support.there_and_back"

describe("the four projects, there and back", function()
    after_each(h.cleanup)

    local function filled(project, options)
        local file = h.subdirectory "source" .. "/" .. (options.section or project .. ".db")
        fill.make(file, project, options)
        return h.track(file)
    end

    for _, case in ipairs { { "piyasa" }, { "signal_harvester" },
        { "neo_alexandria", "--skip=resources_fts" } } do
        it(case[1] .. ", created", function()
            local file = filled(case[1], { rows = 40 })
            there_and_back.same(file, there_and_back.go(file, h.database(), { case[2] }))
        end)
    end

    local search = { ["knowledge.db"] = "facts_fts", ["evidence.db"] = "evidence_fts",
        ["email_store.db"] = "shared_inbox_messages_fts" }
    for _, section in ipairs((fill.sections "aragora")) do
        it("Aragora's " .. section .. ", created", function()
            local file = filled("aragora", { section = section, rows = 15 })
            there_and_back.same(file, there_and_back.go(file, h.database(),
                { search[section] and "--skip=" .. search[section] or nil }))
        end)
    end

    it("Piyasa, from the tables that its models made", function()
        local file, database = filled("piyasa", { rows = 40 }), h.database()
        h.sql(database, fill.schema "piyasa.pg" .. "INSERT INTO alembic_version VALUES ('0010_head');")
        there_and_back.same(file, there_and_back.go(file, database))
    end)
end)
