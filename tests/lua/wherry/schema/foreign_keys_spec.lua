-- Foreign keys as PostgreSQL gets them, and why some are not carried.
local translated = require "tests.support.translated"

describe("foreign_keys.add", function()
    local directory

    setup(function()
        directory = translated.directory()
    end)
    teardown(function()
        translated.remove(directory)
    end)

    local PARENT = [[CREATE TABLE p(id INTEGER PRIMARY KEY, t TEXT UNIQUE, n TEXT COLLATE NOCASE UNIQUE,
        r TEXT COLLATE RTRIM UNIQUE, i INT COLLATE NOCASE UNIQUE, h TEXT);
        CREATE UNIQUE INDEX half ON p(h) WHERE h > 'a';
        CREATE TABLE c(]]

    local function key(columns, options)
        local created = translated.of(directory, PARENT .. columns .. ")", options)
        return translated.find(created, "foreign key", "c_a_fkey")
    end

    it("keeps actions and deferral, and leaves out MATCH", function()
        local object = key [[a INT REFERENCES p(id) MATCH FULL ON DELETE CASCADE ON UPDATE SET NULL
            DEFERRABLE INITIALLY DEFERRED]]
        assert.equal("ALTER TABLE public.c ADD CONSTRAINT c_a_fkey FOREIGN KEY (a) REFERENCES public.p (id) "
            .. "ON DELETE CASCADE ON UPDATE SET NULL DEFERRABLE INITIALLY DEFERRED", object.sql)
        assert.equal("exact", object.outcome)
        assert.matches("MATCH FULL", object.note)
    end)

    it("compares by the parent's collation", function()
        assert.equal("exact", key("a TEXT COLLATE NOCASE REFERENCES p(t)").outcome)
        assert.equal("exact", key("a INT REFERENCES p(i)").outcome)
        local nocase = key "a TEXT REFERENCES p(n)"
        assert.equal("not_carried", nocase.outcome)
        assert.matches("COLLATE NOCASE, which %-%-nocase=citext carries", nocase.note)
        assert.matches("COLLATE RTRIM$", key("a TEXT REFERENCES p(r)").note)
    end)

    it("carries a parent that compares without case by itself", function()
        for _, how in ipairs { "citext", "icu" } do
            local object = key("a TEXT REFERENCES p(n)", { nocase = how })
            assert.equal("changed", object.outcome)
            assert.matches("folds letters beyond ASCII", object.note)
        end
        assert.equal("changed", key("a TEXT COLLATE NOCASE REFERENCES p(t)", { nocase = "citext" }).outcome)
        assert.matches("compares without case", key("a TEXT COLLATE NOCASE REFERENCES p(t)", { nocase = "icu" }).note)
    end)

    it("says why it carries none", function()
        assert.matches("a is text, but p.id is bigint", key("a TEXT REFERENCES p").note)
        assert.matches("no unique key on %(h%)", key("a TEXT REFERENCES p(h)").note)
    end)

    it("refers to no key that is a plain index only", function()
        local created = translated.of(directory, [[CREATE TABLE p(a UNIQUE); INSERT INTO p VALUES (1), ('1');
            CREATE TABLE c(a REFERENCES p(a))]], { merges = function() return 1 end })
        assert.matches("the key of p is not carried", translated.find(created, "foreign key", "c_a_fkey").note)
    end)
end)
