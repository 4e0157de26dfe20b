-- SQLite's keywords, sorted by where its grammar still takes them as names.

local keywords = {}

local function set(text)
    local words = {}
    for word in text:gmatch "%S+" do
        words[word] = true
    end
    return words
end

---Never a name unless it is quoted.
keywords.reserved = set [[
    ADD ALL ALTER AND AS AUTOINCREMENT BETWEEN CASE CHECK COLLATE COMMIT CONSTRAINT CREATE DEFAULT DEFERRABLE DELETE
    DISTINCT DROP ELSE ESCAPE EXCEPT EXISTS FOREIGN FROM GROUP HAVING IN INDEX INSERT INTERSECT INTO IS ISNULL JOIN
    LIMIT NOT NOTHING NOTNULL NULL ON OR ORDER PRIMARY REFERENCES RETURNING SELECT SET TABLE THEN TO TRANSACTION
    UNION UNIQUE UPDATE USING VALUES WHEN WHERE]]

---Names of tables and columns, but no alias without AS.
keywords.join = set "CROSS FULL INNER LEFT NATURAL OUTER RIGHT"

---Names, except where the grammar expects the keyword: the words that SQLite's parser falls back to names.
keywords.fallback = set [[
    ABORT ACTION AFTER ALWAYS ANALYZE ASC ATTACH BEFORE BEGIN BY CASCADE CAST COLUMN CONFLICT CURRENT CURRENT_DATE
    CURRENT_TIME CURRENT_TIMESTAMP DATABASE DEFERRED DESC DETACH DO EACH END EXCLUDE EXCLUSIVE EXPLAIN FAIL FILTER
    FIRST FOLLOWING FOR GENERATED GLOB GROUPS IF IGNORE IMMEDIATE INDEXED INITIALLY INSTEAD KEY LAST LIKE MATCH
    MATERIALIZED NO NULLS OF OFFSET OTHERS OVER PARTITION PLAN PRAGMA PRECEDING QUERY RAISE RANGE RECURSIVE REGEXP
    REINDEX RELEASE RENAME REPLACE RESTRICT ROLLBACK ROW ROWS SAVEPOINT TEMP TEMPORARY TIES TRIGGER UNBOUNDED VACUUM
    VIEW VIRTUAL WINDOW WITH WITHIN WITHOUT]]

---Words that stand for a value where an expression begins, so that no column can be called so without quotes.
keywords.value = set "CAST CURRENT_DATE CURRENT_TIME CURRENT_TIMESTAMP FALSE RAISE TRUE"

---True when a name can be written without quotes wherever a name may stand.
---@param name string
---@return boolean
function keywords.is_plain(name)
    local upper = name:upper()
    return name:find("^[%a_\x80-\xff][%w_\x80-\xff]*$") ~= nil and not keywords.reserved[upper]
        and not keywords.join[upper] and not keywords.fallback[upper] and not keywords.value[upper]
end

return keywords
