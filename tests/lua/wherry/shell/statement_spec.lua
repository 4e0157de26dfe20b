-- What a line of the shell is, and where a statement of SQL ends.
local statement = require "wherry.shell.statement"

describe("a line", function()
    it("is SQL where a word of SQL begins it and no Lua can follow", function()
        for _, text in ipairs { "select 1", "SELECT(1)", "SELECT 1;", "insert into t values (1)", "begin", "COMMIT;",
            "table users;", "values (1), (2)", "explain (analyze) select 1", "with x as (select 1) select * from x",
            "select*from t", "select 'a'", "set x = 1", "select\n1", "show timezone", "/* why */ select 1" } do
            assert.equal("sql", statement.kind(text), text)
        end
    end)

    it("is Lua otherwise", function()
        for _, text in ipairs { "1 + 1", "select('#', 1)", "select (2, 3)", "table.sort(list)", "values = 3",
            "update = 5", "call(f)", "lock.x = 1", "show", "for r in src:rows 'select 1' do", "src:exec('delete')",
            "-- a comment", "release", "selected = 1", "end" } do
            assert.equal("lua", statement.kind(text), text)
        end
    end)

    it("is a command where a dot begins it, or nothing", function()
        assert.equal("command", statement.kind "  .tables")
        assert.equal("nothing", statement.kind " \n ")
        assert.equal("nothing", statement.kind "")
    end)
end)

describe("a statement of SQL", function()
    local function split(text)
        return { statement.split(text) }
    end

    it("ends at its semicolon", function()
        assert.same({ "select 1", " select 2;" }, split "select 1; select 2;")
        assert.same({}, split "select 1")
        assert.same({ "select 1 -- ;\n", "" }, split "select 1 -- ;\n;")
    end)

    it("does not end inside of quotes and comments", function()
        for _, inside in ipairs { "';'", "'it''s;'", '";"', "`;`", "/* ; */", "$$;$$", "$x$ $$; $x$", "E'\\';'",
            "-- ;\n" } do
            assert.same({ "select " .. inside .. " x", "" }, split("select " .. inside .. " x;"), inside)
        end
        for _, open in ipairs { "';", "'it''s;", '";', "/* ;", "$$;", "E'\\';", "-- ;" } do
            assert.same({}, split("select " .. open), open)
        end
    end)

    it("takes a backslash for itself outside of E''", function()
        assert.same({ "select 'a\\'", "" }, split "select 'a\\';")
        assert.same({ "select 1e'a\\'", "" }, split "select 1e'a\\';")
    end)

    it("goes on to the END of a trigger's body", function()
        local trigger = "CREATE TRIGGER t AFTER INSERT ON a BEGIN UPDATE b SET c = CASE WHEN 1 THEN 2 END; END"
        assert.same({ trigger, " x" }, split(trigger .. "; x"))
        assert.same({}, split "create temp trigger t after insert on a begin select 1;")
        assert.same({ "CREATE TRIGGER t BEFORE INSERT ON a EXECUTE FUNCTION f()", "" },
            split "CREATE TRIGGER t BEFORE INSERT ON a EXECUTE FUNCTION f();")
    end)

    it("is blank where there are comments alone", function()
        assert.is_true(statement.is_blank " -- x\n /* y; */ ")
        assert.is_false(statement.is_blank "-- x\nselect 1")
    end)
end)
