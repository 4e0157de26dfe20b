-- Triggers of a translation: function and trigger, names, notes. What their statements become is shown in
-- expr/pg/statement_spec.lua and its neighbours, that they do the same in tests/e2e/triggers_spec.lua.
local queries = require "tests.support.queries"
local translated = require "tests.support.translated"

describe("triggers.translate", function()
    it("makes a function and a trigger", function()
        local created = queries.created [[CREATE TRIGGER "On t" BEFORE UPDATE OF a, b ON t WHEN new.a > 1 BEGIN
            DELETE FROM bare WHERE q = old.b; END]]
        local made = translated.find(created, "function", "On t")
        assert.equal([[CREATE FUNCTION public."On t"() RETURNS trigger
LANGUAGE plpgsql AS $wherry$
BEGIN
    DELETE FROM public.bare
    WHERE bare.q = OLD.b;
    RETURN NEW;
END
$wherry$]], made.sql)
        assert.equal([[DROP FUNCTION IF EXISTS public."On t"()]], made.undo)
        local trigger = translated.find(created, "trigger", "On t")
        assert.equal([[CREATE TRIGGER "On t" BEFORE UPDATE OF a, b ON public.t
FOR EACH ROW
WHEN (NEW.a > 1)
EXECUTE FUNCTION public."On t"()]], trigger.sql)
        assert.equal([[DROP TRIGGER IF EXISTS "On t" ON public.t]], trigger.undo)
        assert.same({ "exact", "t" }, { trigger.outcome, trigger.table })
    end)

    it("asks inside where PostgreSQL's WHEN cannot", function()
        local text = queries.body("DELETE FROM bare;", "AFTER DELETE ON t WHEN EXISTS (SELECT 1 FROM u)")
        assert.equal([[
    IF EXISTS (SELECT 1 FROM public.u) THEN
        DELETE FROM public.bare;
    END IF;]], text)
    end)

    it("guards what would fire itself", function()
        local text, trigger = queries.body("UPDATE t SET b = 'x' WHERE id = new.id;", "AFTER UPDATE ON t")
        assert.equal([[
    IF current_setting('wherry.public_tr', true) = 'on' THEN
        RETURN NULL;
    END IF;
    PERFORM set_config('wherry.public_tr', 'on', true);
    UPDATE public.t
    SET b = 'x'
    WHERE t.id = NEW.id;
    PERFORM set_config('wherry.public_tr', 'off', true);]], text)
        assert.same({ "exact", "does not fire itself again, as in SQLite" }, { trigger.outcome, trigger.note })
        -- Another column than those of UPDATE OF does not.
        text = queries.body("UPDATE t SET b = 'x' WHERE id = new.id;", "AFTER UPDATE OF a ON t")
        assert.is_nil(text:find("set_config", 1, true))
    end)

    it("tells of what runs later than in SQLite", function()
        local _, trigger = queries.body("INSERT INTO bare(q) SELECT max(b) FROM t;", "AFTER INSERT ON t")
        assert.equal("runs when the whole statement is done, SQLite runs it after each row: it looks at t itself",
            trigger.note)
        _, trigger = queries.body("INSERT INTO bare(q) SELECT max(b) FROM u;", "AFTER INSERT ON t")
        assert.is_nil(trigger.note)
    end)

    it("is changed where a view that it reads is", function()
        local created = queries.created [[CREATE VIEW sums AS SELECT n * n AS s FROM u;
            CREATE TRIGGER tr AFTER INSERT ON t BEGIN DELETE FROM bare WHERE q IN (SELECT s FROM sums); END]]
        local trigger = translated.find(created, "trigger", "tr")
        assert.same({ "changed", "it uses the view sums, which is changed" }, { trigger.outcome, trigger.note })
    end)

    it("keeps texts of several lines, and a text that looks like the end", function()
        local text = queries.body("INSERT INTO bare(q) VALUES ('one\n  two');")
        assert.equal("    INSERT INTO public.bare (q)\n    VALUES ('one\n  two');", text)
        local created = queries.created [[CREATE TRIGGER x AFTER INSERT ON t BEGIN
            DELETE FROM bare WHERE q = '$wherry$'; END]]
        assert.matches("AS %$wherry1%$\n", translated.find(created, "function", "x").sql)
    end)

    it("names triggers in SQLite's order where that matters", function()
        local created = queries.created [[
            CREATE TRIGGER a AFTER INSERT ON t BEGIN INSERT INTO bare(q) VALUES ('a'); END;
            CREATE TRIGGER b AFTER INSERT ON t BEGIN INSERT INTO bare(q) VALUES ('b'); END;
            CREATE TRIGGER c AFTER UPDATE ON t BEGIN INSERT INTO bare(q) VALUES ('c'); END;
            CREATE TRIGGER d AFTER UPDATE ON t BEGIN DELETE FROM pair; END;
        ]]
        assert.matches("^CREATE TRIGGER t2_a ", translated.find(created, "trigger", "a").sql)
        assert.matches("^CREATE TRIGGER t1_b ", translated.find(created, "trigger", "b").sql)
        assert.matches("^CREATE TRIGGER c ", translated.find(created, "trigger", "c").sql)
        assert.matches("^CREATE TRIGGER d ", translated.find(created, "trigger", "d").sql)
        assert.equal("changed", translated.find(created, "trigger", "a").outcome)
    end)

    it("reports the others with their text on one line", function()
        local created = queries.created [[CREATE TRIGGER x AFTER INSERT ON t BEGIN
            INSERT INTO never_made VALUES (1); END]]
        local receipt = translated.find(created, "trigger", "x")
        assert.equal("it uses never_made, which is not carried; its text: CREATE TRIGGER x AFTER INSERT ON t BEGIN "
            .. "INSERT INTO never_made VALUES (1); END", receipt.note)
        assert.is_nil(translated.find(created, "function", "x"))
    end)
end)
