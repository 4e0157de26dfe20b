-- emit: rows that a script makes for other tables travel with the row that they were made of, or not at all.
local h = require "tests.support.harness"

describe("emit", function()
    after_each(h.cleanup)

    local SOURCE = [[CREATE TABLE posts(id INTEGER PRIMARY KEY, title TEXT, tags TEXT);
        WITH RECURSIVE g(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM g WHERE i < %d)
        INSERT INTO posts SELECT i, 'Post ' || i, CASE i %% 4 WHEN 0 THEN NULL WHEN 1 THEN 'a' WHEN 2 THEN 'a,b'
            ELSE 'a,b,c' END FROM g;]]
    local TARGET = [[CREATE TABLE posts(id bigint PRIMARY KEY, title text);
        CREATE TABLE post_tag(id bigserial PRIMARY KEY, post_id bigint NOT NULL REFERENCES posts, tag text NOT NULL,
            weight double precision DEFAULT 0.5, UNIQUE (post_id, tag));
        CREATE TABLE tag_use(tag text, at timestamptz)]]
    local TAGS = [[for tag in (old.tags or ""):gmatch "[^,]+" do
        emit("post_tag", { post_id = old.id, tag = tag })
        if tag == "c" then emit("tag_use", { tag = tag, at = "2024-01-02 03:04:05" }) end
    end ]]

    local function script(rows, row, keys)
        return h.script(([[local w = require "wherry"
            return w.plan { from = w.sqlite %q, schema = "existing", tables = { posts = {
                skip = { tags = "one row each" }, emits = { "post_tag", "tag_use" }, %s
                row = function(old, new, emit) %s end } } }]]):format(type(rows) == "string" and rows
            or h.source(SOURCE:format(rows)), keys or "", row))
    end

    local function database(more)
        local name = h.database()
        h.sql(name, TARGET .. (more and ";" .. more or ""))
        return name
    end

    local function load(code, plan, name, ...)
        name = name or database()
        return h.run(code, { plan, h.url(name), ... }), name
    end

    local function tags(name)
        return h.sql(name, [[SELECT concat_ws(' ', count(*), count(DISTINCT post_id), sum(post_id), sum(weight))
            FROM post_tag]])
    end

    it("fills other tables, and the ledger closes for them", function()
        local result, name = load(0, script(4000, TAGS), nil, "--batch-size", "900", "--jobs", "2")
        assert.equal("6000 3000 12002000 3000", tags(name))
        assert.equal("1000 2024-01-02 03:04:05+00", h.sql(name,
            "SELECT count(*) || ' ' || min(at AT TIME ZONE 'UTC')::text || '+00' FROM tag_use"))
        local targets = {}
        for _, target in ipairs(result.json.targets) do
            targets[target.table] = { target.passed, target.emitted, target.inserted }
        end
        assert.same({ ["public.posts"] = { 4000, 0, 4000 }, ["public.post_tag"] = { 0, 6000, 6000 },
            ["public.tag_use"] = { 0, 1000, 1000 } }, targets)
        h.sql(name, "INSERT INTO post_tag (post_id, tag) VALUES (1, 'new')")
    end)

    it("takes explicit keys, behind which the sequence is set", function()
        local _, name = load(0, script(8, 'emit("post_tag", { id = old.id * 10, post_id = old.id, tag = "t" })'))
        assert.equal("81", h.sql(name, "INSERT INTO post_tag (post_id, tag) VALUES (1, 'u') RETURNING id"))
    end)

    it("loads a row with what was made of it as a whole, or rejects it", function()
        local result, name = load(1, script(4000, TAGS .. [[
            if old.id % 1000 == 1 then emit("post_tag", { post_id = old.id, tag = "a" }) end
            if old.id % 1000 == 2 then emit("post_tag", { post_id = -1, tag = "a" }) end
            if old.id % 1000 == 3 then emit("post_tag", { post_id = old.id }) end
            if old.id % 1000 == 4 then emit("post_tag", { post_id = "x", tag = "a" }) end
            if old.id % 1000 == 5 then emit("post_tags", {}) end
            if old.id % 1000 == 6 then emit("post_tag", { post_id = old.id, tag = "x", wait = 1 }) end
            if old.id % 1000 == 7 then error "late" end]], 'on_bad = "reject",'))
        assert.equal("3972 28", h.sql(name,
            "SELECT count(*) || ' ' || (SELECT count(*) FROM wherry.reject) FROM posts"))
        assert.equal("0", h.sql(name, "SELECT count(*) FROM post_tag WHERE post_id % 1000 IN (1, 2, 3, 4, 5, 6, 7)"))
        local reasons = {}
        for _, group in ipairs(result.json.rejects) do
            reasons[#reasons + 1] = group.reason
        end
        local said = table.concat(reasons, "\n")
        for _, text in ipairs { "already exists", "is not present in table", "tag is missing: it is NOT NULL",
            'value does not fit "post_id" bigint', 'emits does not name it (did you mean "post_tag"?)',
            "post_tag has no column wait", "late" } do
            assert.matches(text, said, 1, true)
        end
    end)

    it("tries rejected rows again with what is made of them", function()
        local path, name = h.source(SOURCE:format(40)), database()
        load(1, script(path, TAGS .. 'if old.id == 7 then error "not yet" end', 'on_bad = "reject",'), name)
        assert.equal("0", h.sql(name, "SELECT count(*) FROM post_tag WHERE post_id = 7"))
        local again = h.wherry { "rejects", "retry", script(path, TAGS, 'on_bad = "reject",'), h.url(name) }
        assert.equal(0, again.code, again.said)
        assert.equal("3 60", h.sql(name, "SELECT count(*) FILTER (WHERE post_id = 7) || ' ' || count(*) FROM post_tag"))
    end)

    it("keeps what waits within bounds, whatever is emitted", function()
        local name = database "CREATE TABLE wide(body text, a int, b int, c int)"
        -- 72 MB, in 8 ways to give columns, one behind the other
        local path = script(8000, [[local given = { body = ("x"):rep(9000) }
            for i, column in ipairs { "a", "b", "c" } do
                given[column] = old.id // 1000 >> i - 1 & 1 == 1 and old.id or nil
            end
            emit("wide", given)]], 'emits = { "wide" },')
        local result = h.wherry { "run", path, h.url(name), "--jobs=1", "--batch-size=100000", "--verbose" }
        assert.equal(0, result.code, result.said)
        assert.equal("8000 72000000", h.sql(name, "SELECT count(*) || ' ' || sum(length(body)) FROM wide"))
        local peak = tonumber(result.stderr:match "peak memory ([%d.]+) MB")
        assert.is_true(os.getenv "ASAN_OPTIONS" ~= nil or peak < 64, peak .. " MB")
    end)

    it("holds nothing against a row of which only a rejected one before it has taken the key", function()
        local _, name = load(1, script(9, [[if old.id == 3 or old.id == 7 or old.id == 8 then new.title = "same" end
            emit("post_tag", { post_id = old.id, tag = "a" })
            if old.id == 3 then emit("post_tag", { post_id = old.id, tag = "a" }) end]], 'on_bad = "reject",'),
            database "ALTER TABLE posts ADD UNIQUE (title)")
        assert.equal("1,2,4,5,6,7,9 1,2,4,5,6,7,9 3,8", h.sql(name, [[SELECT string_agg(id::text, ',' ORDER BY id)
            || ' ' || (SELECT string_agg(post_id::text, ',' ORDER BY post_id) FROM post_tag) || ' '
            || (SELECT string_agg(substr(key_text, 4), ',' ORDER BY key_text) FROM wherry.reject) FROM posts]]))
    end)

    it("tells what the server says of a row behind megabytes of others", function()
        local row = [[if old.id == 3 then
            for i = 1, 9 do emit("tag_use", { tag = ("x"):rep(1 << 20) }) end
            emit("post_tag", { post_id = old.id, tag = "a" })
            emit("post_tag", { post_id = old.id, tag = "a" })
        end]]
        local _, name = load(1, script(6, row, 'on_bad = "reject",'))
        assert.equal("5 0 3", h.sql(name, [[SELECT count(*) || ' ' || (SELECT count(*) FROM tag_use) || ' ' ||
            (SELECT substr(key_text, 4) FROM wherry.reject WHERE reason LIKE '%already exists%') FROM posts]]))
        local fault = load(5, script(6, row)).json.error
        assert.equal("server 23505", fault.kind .. " " .. fault.sqlstate)
    end)

    it("is whole after a kill and --resume, and --restart removes all of it", function()
        local path = h.source(SOURCE:format(60000))
        for _, go_on in ipairs { "--resume", "--restart" } do
            local name = database()
            local plan = script(path, TAGS)
            local running = h.start({ "run", plan, h.url(name), "--batch-size", "2000", "--jobs", "2" },
                { keeps = true })
            assert.is_truthy(h.process.wait(20, function()
                return h.sql(name, "SELECT to_regclass('wherry.slice') IS NOT NULL") == "t" and tonumber(h.sql(name,
                    "SELECT count(*) FROM wherry.slice WHERE state = 'done'")) > 3 or nil
            end))
            running:kill "KILL"
            running:finish(20)
            load(0, plan, name, go_on)
            assert.equal("90000 45000 2700030000 45000", tags(name))
            assert.equal("60000 15000", h.sql(name,
                "SELECT (SELECT count(*) FROM posts) || ' ' || count(*) FROM tag_use"))
        end
    end)

    it("can't go to the row's own table, nor with a row that is dropped, nor where tables are created", function()
        local result = h.wherry { "run", script(4, "", 'emits = { "posts" },'), h.url(database()), "--json" }
        assert.equal(4, result.code, result.said)
        assert.equal("emits_itself", result.json.findings[1].code)
        local fault = load(5, script(4, TAGS .. 'return w.drop "gone"')).json.error
        assert.matches("it drops a row that it has emitted others for", fault.message, 1, true)
        local created = h.wherry { "run", (h.script(([[local w = require "wherry"
            return w.plan { from = w.sqlite %q, tables = { posts = { emits = { "other" }, row = function() end } } }]])
            :format(h.source(SOURCE:format(1))))), h.url(h.database()), "--json" }
        assert.equal(4, created.code, created.said)
        assert.equal("unknown_target_table", created.json.findings[1].code)
    end)
end)
