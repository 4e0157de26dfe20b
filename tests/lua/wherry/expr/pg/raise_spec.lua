-- SELECT in triggers: RAISE, or nothing.
local queries = require "tests.support.queries"

describe("pg.raise", function()
    it("becomes IF and RAISE", function()
        assert.equal([[
    IF NEW.a > 1 THEN
        RAISE EXCEPTION USING MESSAGE = 'it''s 5%', ERRCODE = 'integrity_constraint_violation';
    END IF;]], (queries.body("SELECT RAISE(ABORT, 'it''s 5%') WHERE new.a > 1;")))
        assert.equal([[
    IF NEW.a = 1 THEN
        RAISE EXCEPTION USING MESSAGE = 'one', ERRCODE = 'integrity_constraint_violation';
    ELSIF NEW.a = 2 THEN
        NULL;
    ELSE
        RAISE EXCEPTION USING MESSAGE = 'other', ERRCODE = 'integrity_constraint_violation';
    END IF;]], (queries.body([[SELECT CASE WHEN new.a = 1 THEN RAISE(ABORT, 'one')
            WHEN new.a = 2 THEN 5 ELSE RAISE(ROLLBACK, 'other') END;]])))
        assert.equal([[
    IF EXISTS (SELECT 1 FROM public.u WHERE u.t = OLD.id) THEN
        RAISE EXCEPTION USING MESSAGE = 'used', ERRCODE = 'integrity_constraint_violation';
    END IF;]], (queries.body("SELECT RAISE(ABORT, 'used') FROM u WHERE t = old.id;")))
        assert.equal([[
    IF NEW.a = 3 THEN
        RAISE EXCEPTION USING MESSAGE = 'three', ERRCODE = 'integrity_constraint_violation';
    END IF;]], (queries.body("SELECT CASE new.a WHEN 3 THEN RAISE(ABORT, 'three') END;")))
        assert.equal([[
    IF NEW.f THEN
        RAISE EXCEPTION USING MESSAGE = 'on', ERRCODE = 'integrity_constraint_violation';
    ELSE
        NULL;
    END IF;]], (queries.body("SELECT iif(new.f, RAISE(ABORT, 'on'), 0);")))
        assert.equal([[
    IF NEW.a IS NULL THEN
        RETURN NULL;
    END IF;]], (queries.body("SELECT RAISE(IGNORE) WHERE new.a IS NULL;", "BEFORE INSERT ON t")))
    end)

    it("leaves out what does nothing", function()
        assert.equal("", (queries.body("SELECT 1; SELECT * FROM u;")))
    end)

    it("refuses", function()
        assert.equal("refused: RAISE(IGNORE) after the row was written", (queries.body("SELECT RAISE(IGNORE);")))
        assert.equal("refused: RAISE inside an expression",
            (queries.body("SELECT coalesce(new.a, RAISE(ABORT, 'x'));")))
        assert.equal("refused: RAISE in several branches of a SELECT from a table",
            (queries.body("SELECT CASE WHEN n = 1 THEN RAISE(ABORT, 'x') ELSE RAISE(ABORT, 'y') END FROM u;")))
        assert.equal("refused: RAISE in a statement that writes",
            (queries.body("INSERT INTO bare VALUES (RAISE(ABORT, 'x'), 1);")))
    end)
end)
