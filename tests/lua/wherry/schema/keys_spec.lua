-- Primary keys and unique constraints as PostgreSQL gets them.
local translated = require "tests.support.translated"

describe("keys", function()
    local directory

    setup(function()
        directory = translated.directory()
    end)
    teardown(function()
        translated.remove(directory)
    end)

    -- The objects of kinds "primary key" and "unique" as "outcome sql", and all of the translation.
    local function keys_of(sql, options)
        local created = translated.of(directory, sql, options)
        local list = {}
        for _, object in ipairs(created.objects) do
            if object.kind == "primary key" or object.kind == "unique" then
                list[#list + 1] = object.outcome .. " " .. object.sql
            end
        end
        return list, created
    end

    it("are constraints where they compare byte by byte", function()
        assert.same({
            "changed ALTER TABLE public.t ADD CONSTRAINT t_pkey PRIMARY KEY (id)",
            "exact ALTER TABLE public.t ADD CONSTRAINT t_a_key UNIQUE (a)",
            "exact ALTER TABLE public.t ADD CONSTRAINT pair UNIQUE (a, n)",
        }, (keys_of "CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT UNIQUE, n INT, CONSTRAINT pair UNIQUE(a, n))"))
    end)

    it("are indexes over folded text for NOCASE and RTRIM, term by term", function()
        local list, created = keys_of [[CREATE TABLE t(a TEXT COLLATE NOCASE UNIQUE, b TEXT COLLATE RTRIM, n INT,
            CONSTRAINT three UNIQUE(n, a, b), UNIQUE(a COLLATE BINARY))]]
        assert.same({
            "exact CREATE UNIQUE INDEX t_a_key ON public.t (lower(a))",
            "exact CREATE UNIQUE INDEX three ON public.t (n, lower(a), rtrim(b, ' '))",
            "exact ALTER TABLE public.t ADD CONSTRAINT t_a_key1 UNIQUE (a)",
        }, list)
        assert.matches("lower%(a%)", translated.find(created, "unique", "t_a_key").note)
    end)

    it("heed no collation of what is not text", function()
        assert.same({ "exact ALTER TABLE public.t ADD CONSTRAINT t_n_key UNIQUE (n)" },
            (keys_of "CREATE TABLE t(n INT COLLATE NOCASE UNIQUE)"))
    end)

    it("tell of a collation that nobody here knows", function()
        local list, created = keys_of "CREATE TABLE t(a TEXT COLLATE uint UNIQUE)"
        assert.same({ "changed ALTER TABLE public.t ADD CONSTRAINT t_a_key UNIQUE (a)" }, list)
        assert.matches("UINT is not carried", translated.find(created, "unique", "t_a_key").note)
    end)

    it("keep a primary key of NOCASE text beside its folded index", function()
        local list = keys_of "CREATE TABLE t(a TEXT COLLATE NOCASE PRIMARY KEY) WITHOUT ROWID"
        assert.same({
            "exact ALTER TABLE public.t ADD CONSTRAINT t_pkey PRIMARY KEY (a)",
            "exact CREATE UNIQUE INDEX t_a_key ON public.t (lower(a))",
        }, list)
    end)

    it("tell that a primary key takes no NULL where SQLite takes it", function()
        local _, created = keys_of [[CREATE TABLE loose(a TEXT PRIMARY KEY);
            CREATE TABLE firm(a TEXT NOT NULL PRIMARY KEY);
            CREATE TABLE strict(a TEXT PRIMARY KEY) STRICT; CREATE TABLE clustered(a TEXT PRIMARY KEY) WITHOUT ROWID;
            CREATE TABLE descending(a INTEGER PRIMARY KEY DESC)]]
        local outcomes = {}
        for i, object in ipairs(created.objects) do
            outcomes[i] = object.name .. " " .. object.outcome
        end
        assert.same({ "loose_pkey changed", "firm_pkey exact", "strict_pkey exact", "clustered_pkey exact",
            "descending_pkey changed" }, outcomes)
    end)

    it("are UNIQUE where rows have NULL in the primary key", function()
        local list = keys_of "CREATE TABLE t(a TEXT COLLATE NOCASE PRIMARY KEY); INSERT INTO t VALUES (NULL), (NULL)"
        assert.same({ "changed CREATE UNIQUE INDEX t_a_key ON public.t (lower(a))" }, list)
    end)

    it("report ON CONFLICT", function()
        local _, created = keys_of "CREATE TABLE t(a TEXT UNIQUE ON CONFLICT REPLACE)"
        local object = translated.find(created, "unique", "t_a_key")
        assert.equal("changed", object.outcome)
        assert.matches("ON CONFLICT REPLACE", object.note)
    end)

    it("compare by type or collation of the column where that is asked for", function()
        local sql = "CREATE TABLE t(a TEXT COLLATE NOCASE UNIQUE, b TEXT COLLATE NOCASE, PRIMARY KEY(b COLLATE BINARY))"
        assert.same({
            "changed CREATE UNIQUE INDEX t_b_key ON public.t ((b::text))",
            "changed ALTER TABLE public.t ADD CONSTRAINT t_a_key UNIQUE (a)",
        }, (keys_of(sql, { nocase = "citext" })))
        assert.same({
            'changed CREATE UNIQUE INDEX t_b_key ON public.t (b COLLATE "C")',
            "changed ALTER TABLE public.t ADD CONSTRAINT t_a_key UNIQUE (a)",
        }, (keys_of(sql, { nocase = "icu" })))
    end)

    it("are plain indexes where values become equal that SQLite keeps apart", function()
        local asked
        local list, created = keys_of("CREATE TABLE t(a UNIQUE); INSERT INTO t VALUES (1), ('1')", {
            merges = function(t, columns)
                asked = { t.name, columns }
                return 1
            end,
        })
        assert.same({ "changed CREATE INDEX t_a_key ON public.t (a)" }, list)
        assert.same({ "t", { { name = "a", form = "text", collation = "BINARY" } } }, asked)
        assert.matches("one key is held by several rows", translated.find(created, "unique", "t_a_key").note)
    end)
end)
