-- CHECK constraints: carried with their names, NOT VALID where rows do not obey them, refused with a reason.
local harness = require "tests.support.harness"
local translated = require "tests.support.translated"

describe("checks.translate", function()
    local directory
    setup(function()
        directory = translated.directory()
    end)
    teardown(function()
        translated.remove(directory)
    end)
    after_each(harness.cleanup)

    local function of(sql, options)
        return translated.of(directory, sql, options)
    end

    it("puts conditions into CREATE TABLE under the names that a person would give", function()
        local created = of [[CREATE TABLE t(a INT CHECK (a > 0), b INT CONSTRAINT small CHECK (b < 10), c TEXT,
            CHECK (a < b), CHECK (c <> ''), CHECK (a > 1))]]
        assert.equal([[
CREATE TABLE public.t (
    a bigint,
    b bigint,
    c text COLLATE "C",
    CONSTRAINT t_a_check CHECK (a > 0),
    CONSTRAINT small CHECK (b < 10),
    CONSTRAINT t_check CHECK (a < b),
    CONSTRAINT t_c_check CHECK (c <> ''),
    CONSTRAINT t_a_check1 CHECK (a > 1)
)]], created.tables[1].create_sql)
        assert.equal("exact", translated.find(created, "check", "small").outcome)
        assert.is_nil(translated.find(created, "check", "small").note)
        assert.equal("a", translated.find(created, "check", "t_a_check").column)
        assert.same({ "t_a_check", "exact" }, { created.tables[1].checks[1].name, created.tables[1].checks[1].outcome })
    end)

    it("tells what is not carried, with the reason and the text", function()
        local created = of "CREATE TABLE t(a INT, CONSTRAINT odd CHECK (a > 0 AND sha3(a)\n= 1))"
        local receipt = translated.find(created, "check", "odd")
        assert.equal("not_carried", receipt.outcome)
        assert.matches("sha3", receipt.note)
        assert.matches("CHECK %(a > 0 AND sha3%(a%) = 1%)$", receipt.note)
        assert.is_nil(created.tables[1].create_sql:find("CHECK", 1, true))
    end)

    it("adds a condition that rows do not obey behind the load, NOT VALID, with the count", function()
        local created, _, _ = of [[CREATE TABLE t(a INT CHECK (a > 0), b INT CHECK (b > 0));
            PRAGMA ignore_check_constraints = on; INSERT INTO t VALUES(0, 1), (-1, 1), (NULL, NULL), (5, 5);]]
        local object = translated.find(created, "check", "t_a_check")
        assert.equal("ALTER TABLE public.t ADD CONSTRAINT t_a_check CHECK (a > 0) NOT VALID", object.sql)
        assert.same({ "changed", "NOT VALID: 2 rows of the source do not obey it" }, { object.outcome, object.note })
        assert.equal(1, #created.tables[1].checks)
        assert.equal("f", harness.sql(translated.build(created),
            "SELECT convalidated FROM pg_constraint WHERE conname = 't_a_check'"))
    end)

    it("asks the source with strings where double quotes name no column", function()
        local asked
        local created = of([[CREATE TABLE t(a TEXT CHECK (a IN ("x", "y") -- one of two
            AND "a" <> 'z'))]], { count_false = function(_, conditions)
            asked = conditions
            return { 0 }
        end })
        assert.same({ [[a IN ('x', 'y') AND "a" <> 'z']] }, asked)
        assert.equal("exact", translated.find(created, "check", "t_a_check").outcome)
    end)

    it("keeps clear of the names that keys have, and tells where a given name is changed", function()
        local created = of [[CREATE TABLE t(a INT UNIQUE, CONSTRAINT t_a_key CHECK (a > 0), CONSTRAINT c CHECK (a > 1),
            CONSTRAINT c CHECK (a > 2))]]
        assert.matches("^named t_a_key1", translated.find(created, "check", "t_a_key1").note)
        assert.equal("changed", translated.find(created, "check", "c1").outcome)
        translated.build(created)
    end)

    it("names no condition that is not carried as one that is", function()
        local created = of "CREATE TABLE t(a INT CHECK (sha3(a) = 1) CHECK (A > 0))"
        assert.equal("t_a_check", created.tables[1].checks[1].name)
        assert.equal("not_carried", translated.find(created, "check", "t_a_check1").outcome)
    end)

    it("has one receipt or object a condition", function()
        local created = of "CREATE TABLE t(a INT CHECK (a) CHECK (a > 1), b CHECK (b IS NOT NULL AND sha3(b)))"
        local count = 0
        for _, receipt in ipairs(created.receipts) do
            count = count + (receipt.kind == "check" and 1 or 0)
        end
        assert.equal(3, count)
    end)
end)
