-- hooks: row and map of a script over every row, what they may do, and what becomes of their mistakes.
local h = require "tests.support.harness"

describe("hooks", function()
    after_each(h.cleanup)

    local SOURCE = [[CREATE TABLE posts(id INTEGER PRIMARY KEY, title TEXT, mail TEXT, kind TEXT, n INTEGER, raw BLOB);
        WITH RECURSIVE g(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM g WHERE i < %d)
        INSERT INTO posts SELECT i, 'Post ' || i, ' User' || i || '@X.org ', CASE WHEN i %% 5 = 0 THEN 'spam' END, i,
            x'00ff' FROM g;]]
    local TARGET = [[CREATE TABLE posts(id bigint PRIMARY KEY, slug text, title text, email text, n bigint,
        raw bytea)]]

    local function source(rows, more)
        return h.source(SOURCE:format(rows or 20) .. (more or ""))
    end

    -- A script with this body of row; `keys` of the table, `columns` besides.
    local function script(path, row, keys, columns)
        return h.script(([[local w = require "wherry"
            return w.plan { from = w.sqlite %q, schema = "existing", tables = { posts = {
                columns = { email = "mail", slug = w.hook, %s },
                skip = { kind = "read by the hook alone" }, %s
                row = function(old, new) %s end } } }]]):format(path, columns or "", keys or "", row))
    end

    local function database()
        local name = h.database()
        h.sql(name, TARGET)
        return name
    end

    local function load(code, plan, ...)
        local name = database()
        return h.run(code, { plan, h.url(name), ... }), name
    end

    it("read the source row and assign columns of the target row", function()
        local result, name = load(0, script(source(), [[
            new.slug = old.title:lower():gsub(" ", "-")
            new.n = old.n << 40
            new.title = old.kind
            new.raw = w.blob(old.raw .. "\0")]]))
        assert.equal("20", h.sql(name, "SELECT count(*) FROM posts WHERE slug = 'post-' || id AND n = id << 40"))
        assert.equal("4", h.sql(name, "SELECT count(*) FROM posts WHERE title = 'spam'"))
        assert.equal("00ff00", h.sql(name, "SELECT DISTINCT encode(raw, 'hex') FROM posts"))
        assert.equal(20, result.json.sources[1].tables[1].passed)
    end)

    it("see values in SQLite's own classes, and what new has", function()
        local path = source(1, [[INSERT INTO posts VALUES (2, CAST('a' || char(0) || 'b' AS TEXT), NULL,
            9007199254740993, -9223372036854775808, NULL), (3, x'80', 'm', '7', 1.5, 'as text')]])
        local _, name = load(0, script(path, [[
            new.slug = table.concat({ math.type(old.n) or type(old.n), type(old.mail), type(old.kind),
                #(old.title or ""),
                tostring(w.is_blob(old, "raw")), tostring(w.is_blob(old, "title")),
                tostring(new.email == old.mail) }, " ")
            new.n, new.raw, new.title, new.email = old.id < 3 and old.n or false, nil, nil, nil]]))
        assert.equal("integer string nil 6 true false true|integer nil string 3 false false true"
            .. "|float string string 1 false true true",
            h.sql(name, "SELECT string_agg(slug, '|' ORDER BY id) FROM posts"))
        assert.equal("1 -9223372036854775808 0", h.sql(name, "SELECT string_agg(n::text, ' ' ORDER BY id) FROM posts"))
    end)

    it("leave rows out under a reason, which the ledger counts", function()
        local result, name = load(0, script(source(), [[
            if old.kind then return w.drop(old.kind) elseif old.id < 3 then return w.drop "early" end]]))
        assert.equal("14", h.sql(name, "SELECT count(*) FROM posts"))
        assert.same({ spam = 4, early = 2 }, result.json.sources[1].tables[1].filtered)
        assert.equal(14, result.json.sources[1].tables[1].passed)
        assert.equal("early 2,spam 4", h.sql(name, [[SELECT string_agg(reason || ' ' || rows, ',' ORDER BY reason)
            FROM wherry.slice_filtered]]))
    end)

    it("may leave out every row, over many batches and steps", function()
        local result, name = load(0, script(source(5000), 'return w.drop "nobody wants it"'), "--batch-size", "700")
        assert.equal("0", h.sql(name, "SELECT count(*) FROM posts"))
        assert.same({ ["nobody wants it"] = 5000 }, result.json.sources[1].tables[1].filtered)
        assert.equal("5000 0", h.sql(name, "SELECT sum(filtered) || ' ' || sum(passed) FROM wherry.slice"))
    end)

    it("change a column by map, before row", function()
        local result, name = load(0, script(source(), "new.slug = new.email .. '/' .. old.mail", nil,
            'email = { from = "mail", map = function(v) return w.lower(w.trim(v)) end }, '
                .. 'raw = { map = function(v) return v end }, n = { map = function(v) return v % 2 == 0 end }'))
        assert.equal("user1@x.org| User1@X.org ", h.sql(name,
            "SELECT email || '|' || split_part(slug, '/', 2) FROM posts WHERE id = 1"))
        assert.equal("00ff 10", h.sql(name, "SELECT min(encode(raw, 'hex')) || ' ' || sum(n) FROM posts"))
        local notes = {}
        for _, object in ipairs(result.json.objects) do
            notes[object.name] = object.kind == "column" and object.outcome == "changed" and object.note or nil
        end
        assert.matches("20 values were changed by map", notes["posts.email"], 1, true)
        assert.matches("values were changed by map", notes["posts.n"], 1, true)
        assert.is_nil(notes["posts.raw"])
    end)

    it("go by globs of the plan, and need no row", function()
        local name = database()
        h.run(0, { h.script(([[local w = require "wherry"
            return w.plan { from = w.sqlite %q, schema = "existing", columns = { ["*a*l"] = { map = w.trim } },
                tables = { posts = { columns = { email = "mail" }, skip = { kind = "no use" } } } }]])
            :format(source())), h.url(name) })
        assert.equal("User7@X.org", h.sql(name, "SELECT email FROM posts WHERE id = 7"))
    end)

    it("replace a document, or see it", function()
        local name = h.database()
        h.sql(name, "CREATE TABLE posts(id bigint PRIMARY KEY, doc jsonb)")
        h.run(0, { h.script(([[local w = require "wherry"
            return w.plan { from = w.sqlite %q, schema = "existing", tables = { posts = {
                columns = { doc = w.fold { t = "title", m = "mail" } },
                skip = { title = "d", mail = "d", kind = "d", n = "d", raw = "d" },
                row = function(old, new)
                    if old.id == 1 then new.doc = nil elseif old.id == 2 then new.doc = '{"mine":1}'
                    elseif old.id == 3 then new.doc = new.doc:gsub("Post", "Brief") end
                end } } }]]):format(source(4))), h.url(name) })
        assert.equal([[NULL|{"mine": 1}|{"m": " User3@X.org ", "t": "Brief 3"}|{"m": " User4@X.org ", "t": "Post 4"}]],
            h.sql(name, "SELECT string_agg(coalesce(doc::text, 'NULL'), '|' ORDER BY id) FROM posts"))
    end)

    it("keep the key that the journal and people know a row by", function()
        local result = load(1, script(source(), [[new.id = old.id + 1000 new.n = "x" .. old.id]],
            'on_bad = "reject", where = "id < 4",'))
        assert.same({ "id=1", "id=2", "id=3" }, { result.json.rejects[1].examples[1].key,
            result.json.rejects[1].examples[2].key, result.json.rejects[1].examples[3].key })
    end)

    describe("that fail", function()
        local MISTAKES = {
            ['error("bad luck")'] = "row: .-script%S*%.lua:%d+: bad luck",
            ['error { 1 }'] = "row: .-script%S*%.lua:%d+: error object: a table",
            ['local x = old.titel'] = 'old has no column titel %(did you mean "title"%?%)',
            ['new.slugg = 1'] = 'new has no column slugg %(did you mean "slug"%?%)',
            ['new.kind = 1'] = 'new has no column kind',
            ['local x = old[1]'] = "old has no column",
            ['old.n = 1'] = "the source row can't be changed; assign to new",
            ['new.n = {}'] = "new.n: a table is no value",
            ['new.n = print'] = "new.n: a function is no value",
            ['new.n = 0 / 0'] = "NaN",
            ['return 7'] = "it gives a number",
            ['return true'] = "it gives a boolean",
            ['return {}'] = "it gives a table",
            ['return w.drop ""'] = "w.drop takes the reason",
            ['return w.drop "a\\0b"'] = "w.drop takes a reason in UTF%-8",
            ['old.title:nothing()'] = "attempt to call a nil value",
            ['error()'] = "row: ",
        }

        it("stop the run at the row, which is named with its values", function()
            local path = source()
            for mistake, said in pairs(MISTAKES) do
                local result, name = load(5, script(path, ("if old.id == 7 then %s end"):format(mistake)))
                local fault = result.json.error
                assert.matches(said, fault.message)
                assert.same({ "posts", "id=7" }, { fault.table, fault.key }, mistake)
                assert.matches("title='Post 7'", fault.hint)
                assert.equal("0", h.sql(name, "SELECT count(*) FROM posts"))
            end
        end)

        it("reject the row where the plan says so, and go on behind it", function()
            local path = source(2500)
            local kinds, saids = {}, {}
            for mistake, said in pairs(MISTAKES) do
                kinds[#kinds + 1] = ("if old.id %% 1000 == %d then %s end"):format(#kinds + 1, mistake)
                saids[#kinds] = said
            end
            local row = table.concat(kinds, " ") .. " new.slug = old.id"
            local result, name = load(1, script(path, row, 'on_bad = "reject",'))
            local rejected = {}
            for _, group in ipairs(result.json.rejects) do
                rejected[tonumber(group.examples[1].key:match "^id=(%d+)$")] = group
            end
            assert.equal(#kinds, #result.json.rejects)
            for kind, said in ipairs(saids) do
                assert.matches(said, rejected[kind].reason)
                assert.same({ 3, "id=" .. 1000 + kind }, { rejected[kind].count, rejected[kind].examples[2].key })
            end
            local left = 2500 - 3 * #kinds
            assert.equal(("%d %d"):format(left, left), h.sql(name, "SELECT count(*) || ' ' || count(slug) FROM posts"))
        end)

        it("name the column of a map, and its value, and follow the column's on_bad", function()
            local path = source()
            local map = 'email = { from = "mail", map = function(v) error("no mail") end%s }'
            local fault = load(5, script(path, "", nil, map:format "")).json.error
            assert.matches("^map of email: .*%.lua:%d+: no mail$", fault.message)
            assert.same({ "mail", "id=1", " User1@X.org " }, { fault.column, fault.key, fault.value.text })
            local result, name = load(1, script(path, "", 'where = "id <= 2",', map:format ', on_bad = "reject"'))
            assert.same({ "mail", 2 }, { result.json.rejects[1].column, result.json.rejects[1].count })
            -- no server has said it
            assert.equal("0", h.sql(name, "SELECT count(sqlstate) FROM wherry.reject"))
        end)

        it("are told by a check, which writes nothing", function()
            local name = database()
            local result = h.wherry { "check", script(source(), [[
                if old.id == 3 then error "no" elseif old.kind then return w.drop "spam" end new.n = old.id == 4 and "x"
                    or 1]], 'on_bad = "reject",'), h.url(name), "--json" }
            assert.equal(1, result.code)
            local tbl = result.json.tables[1]
            assert.same({ 20, 2, { spam = 4 } }, { tbl.total, tbl.rejected, tbl.filtered })
            assert.same({ "value", "row" }, { result.json.problems[1].kind, result.json.problems[2].kind })
            assert.equal("id=3", result.json.problems[2].examples[1].key)
        end)

        it("are tried again by the mended script", function()
            local name, path, mend = database(), source(50), 'if old.id %% 10 == 3 then %s end new.slug = old.title'
            local bad = script(path, mend:format 'error "not yet"', 'on_bad = "reject",')
            h.run(1, { bad, h.url(name) })
            assert.equal("45", h.sql(name, "SELECT count(*) FROM posts"))
            local again = h.wherry { "rejects", "retry", script(path, mend:format 'new.n = -1', 'on_bad = "reject",'),
                h.url(name) }
            assert.equal(0, again.code, again.said)
            assert.equal("50 5", h.sql(name, "SELECT count(slug) || ' ' || count(*) FILTER (WHERE n = -1) FROM posts"))
        end)
    end)

    it("tell a view that was kept from that of the row under way", function()
        for _, use in ipairs { "local x = kept.id", "local x = kept_new.slug", "kept_new.slug = 1" } do
            local row = ("if old.id == 2 then %s end kept, kept_new = old, new"):format(use)
            local fault = load(5, script(source(100), row)).json.error
            assert.matches("valid inside the call", fault.message, 1, true)
            assert.equal("id=2", fault.key)
        end
        local _, name = load(0, script(source(3000), [[kept = kept or {} kept[#kept + 1] = old
            local ok = #kept > 1 and pcall(function() return kept[#kept - 1].id end) new.slug = tostring(ok)]]))
        assert.equal("false 3000", h.sql(name, "SELECT max(slug) || ' ' || count(*) FROM posts"))
    end)

    it("have a state of their own in each lane, and the same result in all", function()
        local name = database()
        h.run(0, { script(source(60000), "seen = (seen or 0) + 1 new.slug = old.title new.n = old.n * 2"), h.url(name),
            "--jobs", "3", "--batch-size", "5000" })
        assert.equal("60000 3600060000", h.sql(name, "SELECT count(*) || ' ' || sum(n) FROM posts WHERE slug = title"))
    end)

    it("are called twice for the first batch, and told when they do not give the same", function()
        for row, said in pairs {
            ["new.n = math.random(1 << 40)"] = "row gave two different results for one row (id=1)",
            ["calls = (calls or 0) + 1 if calls == 7 then return w.drop 'seventh' end"] =
                "row gave two different results for one row (id=7)",
            ["calls = (calls or 0) + 1 if calls == 7 then error 'seventh' end"] =
                "row gave two different results for one row (id=7)",
        } do
            local result = load(0, script(source(), row))
            assert.matches(said, result.stderr, 1, true)
            local told
            for _, object in ipairs(result.json.objects) do
                told = object.kind == "function" and object.outcome == "changed" and object.note or told
            end
            assert.matches(said, told, 1, true)
        end
        local result = load(0, script(source(), "", nil, "n = { map = function(v) c = (c or 0) + v return c end }"))
        assert.matches("map of n gave two different results", result.stderr, 1, true)
        result = load(0, script(source(), "for _, name in ipairs { 'n', 'slug', 'title' } do new[name] = old.id end"))
        assert.not_matches("two different", result.stderr)
    end)

    it("stand in the plan that is shown", function()
        local result = h.wherry { "plan", script(source(), ""), h.url(database()) }
        assert.equal(0, result.code, result.said)
        assert.matches("row", result.stdout)
    end)

    it("made in the caller's state are called there, by one lane, beside what it is told", function()
        local name, path = database(), h.path "caller.lua"
        h.process.write(path, ([[local w = require "wherry"
            local seen, told = 0, 0
            local result = w.run(w.plan { from = w.sqlite %q, schema = "existing", on_bad = "reject", tables = {
                posts = { columns = { email = "mail", slug = w.hook }, skip = { kind = "seen alone" },
                    row = function(old, new)
                        seen = seen + 1
                        new.slug = "s" .. old.id
                        if old.id == 3 then error "three" end
                    end } } }, { target = %q, jobs = 3, log = function() told = told + 1 end })
            print(result.exit, seen, told > 0)]]):format(source(30000), h.url(name)))
        -- the first batch of 1,000 rows goes through it twice
        assert.equal("1\t31000\ttrue", h.process.shell(("env XDG_STATE_HOME=%s lua5.4 %s"):format(h.path "home", path)))
        assert.equal("29999 29999", h.sql(name, "SELECT count(*) || ' ' || count(slug) FROM posts"))
    end)

    it("have to be functions, and w.hook needs a row", function()
        for keys, said in pairs {
            ['row = "x"'] = "tables.posts.row: a function is expected",
            ['columns = { slug = w.hook }'] = "w.hook is filled by row, and there is none",
            ['columns = { slug = { from = w.hook, map = print } }, row = print'] = "w.hook holds nothing that map",
            ['columns = { slug = w.fold { a = w.hook } }'] = "w.hook fills columns, not members",
            ['columns = { slug = { map = 1 } }'] = "map: a function is expected",
        } do
            local result = h.run(4, { h.script(([[local w = require "wherry"
                return w.plan { from = w.sqlite %q, tables = { posts = { %s } } }]]):format(source(1), keys)),
                h.url(database()) })
            assert.matches(said, result.json.error.message, 1, true)
        end
    end)
end)
