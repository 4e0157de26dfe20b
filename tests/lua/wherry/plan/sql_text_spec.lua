-- SQL of PostgreSQL taken apart into statements, and what a statement does to its transaction.
local sql_text = require "wherry.plan.sql_text"

describe("sql_text.split", function()
    local function split(text)
        return table.concat(sql_text.split(text), " | ")
    end

    it("ends statements at semicolons, and leaves out what is none", function()
        assert.equal("select 1 | select 2", split " select 1 ;; \n ; select 2;")
        assert.equal("", split " ; -- nothing\n /* here */ ;")
        assert.same({}, sql_text.split "")
    end)

    it("takes no semicolon for an end that stands in quotes or comments", function()
        for _, one in ipairs { "select ';'", "select 'it''s;'", "select E'\\';'", "select e'a\\\\' || ';'",
            'select ";"', 'select "a"";"', "select $$;$$", "select $a$ ; $$ ; $a$", "select -- ;\n 1",
            "select /* ; /* ; */ ; */ 1", "select $ä$;$ä$", "select U&';'" } do
            assert.equal(one .. " | x", split(one .. " -- ;\n;x /* ; */"))
        end
        assert.equal("select '\\' | select 2", split "select '\\'; select 2") -- standard_conforming_strings
        assert.equal("select a$1 | select $2", split "select a$1; select $2")
    end)

    it("keeps the body of a function in one piece", function()
        local body = "create function f(n int) returns int begin atomic select case when n > 1 then 2 end; "
            .. "select 3; end"
        assert.equal(body .. " | select 4", split(body .. "; select 4"))
        assert.equal("begin | select 1 | end", split "begin; select 1; end")
    end)

    it("takes what is not closed to its end", function()
        for _, one in ipairs { "select ';x", 'select ";x', "select $$;x" } do
            assert.equal(one, split(one))
        end
        assert.equal("select", split "select /* ; x")
        assert.equal("", split "/* ; x")
    end)
end)

describe("sql_text.control", function()
    it("tells what begins and ends transactions", function()
        for text, word in pairs { ["COMMIT"] = "COMMIT", ["commit work"] = "COMMIT", ["end"] = "END",
            ["Abort"] = "ABORT", ["start transaction"] = "START", ["begin isolation level serializable"] = "BEGIN",
            ["rollback"] = "ROLLBACK", ["rollback and chain"] = "ROLLBACK", ["rollback transaction"] = "ROLLBACK",
            ["prepare transaction 'x'"] = "PREPARE TRANSACTION", ["commit prepared 'x'"] = "COMMIT",
            ["rollback prepared 'x'"] = "ROLLBACK", ["-- a\n/* b */ ; commit"] = "COMMIT" } do
            assert.equal(word, sql_text.control(text), text)
        end
    end)

    it("leaves savepoints and everything else alone", function()
        for _, text in ipairs { "savepoint a", "release a", "rollback to a", "rollback to savepoint a",
            "rollback work to a", "rollback transaction to savepoint a", "prepare x as select 1", "select 'commit'",
            "insert into commit values (1)", "", "(select 1)", "endless", "\"commit\"" } do
            assert.is_nil(sql_text.control(text), text)
        end
    end)
end)
