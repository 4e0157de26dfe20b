-- Statements as one text and back, whatever is quoted in them.
local statements = require "wherry.statements"

describe("statements", function()
    it("are split where they were joined", function()
        for _, list in ipairs {
            { "A" }, { "A", "B", "C" },
            { [[COMMENT ON INDEX "a;""b" IS 'it''s; here']], "X" },
            { [[COMMENT ON INDEX i IS E'back\\slash''; \n']], "X" },
            { "DO $$ BEGIN x; 'y'' END $$", "X" }, { "DO $a_1$ ; $$ ; $a$ $a_1$", "X" },
            { "SELECT $1", "SELECT '$'" }, { "CREATE INDEX i ON t (('a;' || b))", [[ALTER TABLE "x''y" ADD z]] },
        } do
            assert.same(list, statements.split(statements.join(list)))
        end
    end)

    it("are not held together by a $ inside of a name", function()
        assert.same({ "SELECT a$b", "c$b" }, statements.split "SELECT a$b;c$b")
    end)

    it("end where a quote is not closed", function()
        assert.same({ "a", "'b; c" }, statements.split "a;\n'b; c")
        assert.same({ "a", "$x$b; c" }, statements.split "a; $x$b; c")
    end)

    it("know a foreign key that is not valid by the statement that adds it", function()
        local key = "ALTER TABLE t ADD CONSTRAINT k FOREIGN KEY (a) REFERENCES p(id)"
        assert.is_true(statements.is_not_valid(key .. " NOT VALID"))
        assert.is_true(statements.is_not_valid(statements.join { key .. " NOT VALID", "COMMENT ON x IS 'y'" }))
        assert.is_false(statements.is_not_valid(statements.join { key, "COMMENT ON x IS ' NOT VALID'" }))
        assert.is_false(statements.is_not_valid(key))
    end)
end)
