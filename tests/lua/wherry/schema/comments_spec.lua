-- Comments of the DDL: COMMENT ON statements, each with a receipt.
local comments = require "wherry.schema.comments"

local function translated(table_comment, column_comment)
    local work = { created = { receipts = {}, comments = {} }, schema = "My App" }
    comments.translate(work, {
        source = { name = "t", comment = table_comment,
            columns = { { name = "a", comment = column_comment }, { name = "b" } } },
        target = { name = "t", columns = { { source = "a", name = "A" }, { source = "b", name = "b" } } },
    })
    return work.created
end

describe("comments.translate", function()
    it("writes the comments of a table and of its columns", function()
        local created = translated("The table's", "a \\ b")
        assert.same({ [[COMMENT ON TABLE "My App".t IS 'The table''s']],
            [[COMMENT ON COLUMN "My App".t."A" IS E'a \\ b']] }, created.comments)
        assert.same({ { kind = "comment", name = "t", table = "t", outcome = "exact" },
            { kind = "comment", name = "t.a", table = "t", outcome = "exact" } }, created.receipts)
    end)

    it("writes nothing where there is none", function()
        local created = translated()
        assert.same({ {}, {} }, { created.comments, created.receipts })
    end)

    it("tells of a comment that PostgreSQL cannot hold", function()
        local created = translated("\xff")
        assert.same({}, created.comments)
        assert.equal("not_carried", created.receipts[1].outcome)
    end)
end)
