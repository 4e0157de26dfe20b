-- A database of Neo Alexandria as it is found: filled tables, and the values that its migration is known to trip over.
local fill = require "tests.support.fill"
local process = require "tests.support.process"

local neo_alexandria = {}

-- Each is what the application, its models' defaults or a service of its own has written.
local VALUES = [[
-- BOOLEAN DEFAULT 'false' stores the text where the application gives no value, and 0 or 1 where it does.
UPDATE resources SET is_quality_outlier = 'false', requires_manual_review = 'false' WHERE rowid % 3 = 0;
UPDATE resources SET needs_quality_review = 'true' WHERE rowid % 5 = 0;
UPDATE users SET is_active = 'true', is_verified = 'false' WHERE rowid % 2 = 0;
UPDATE model_versions SET is_active = 'false' WHERE rowid % 4 = 0;

-- JSON null is what SQLAlchemy writes for None; NULL is what a column holds that was added later.
UPDATE annotations SET embedding = CASE rowid % 3 WHEN 0 THEN 'null' WHEN 1 THEN NULL ELSE '[0.25, -1e-05]' END;
UPDATE authority_subjects SET variants = CASE rowid % 2 WHEN 0 THEN 'null' ELSE NULL END WHERE rowid % 3 = 0;
UPDATE retraining_runs SET metrics = 'null' WHERE rowid % 4 = 1;

-- numpy's numbers, as json.dumps writes them: no JSON.
UPDATE graph_embeddings SET structural_embedding = '[0.5, NaN, -Infinity, Infinity]' WHERE rowid % 5 = 1;
UPDATE model_versions SET metrics = '{"loss": NaN, "note": "NaN is no number, \"Infinity\" neither"}'
    WHERE rowid % 5 = 2;

-- UUIDs of an import from another tool: without hyphens, or in capitals; what refers to them is spelt as ever.
UPDATE graph_edges SET source_id = upper(source_id) WHERE rowid % 4 = 0;
UPDATE citations SET target_resource_id = replace(target_resource_id, '-', '') WHERE rowid % 4 = 1;
UPDATE document_chunks SET embedding_id = replace(embedding_id, '-', '') WHERE rowid % 3 = 0;

-- Snippets: VARCHAR(50) that SQLite never enforced.
UPDATE annotations SET context_before = substr(replace(hex(zeroblob(40)), '00', 'żó'), 1, 64) WHERE rowid % 6 = 0;

-- Text out of PDF files.
UPDATE document_chunks SET content = 'page 1' || char(0) || char(12) || 'page 2' WHERE rowid % 7 = 0;

-- Foreign keys are off in the application: resources that were deleted are still cited.
UPDATE citations SET target_resource_id = 'deadbeef-dead-4ead-8ead-' || printf('%012d', rowid) WHERE rowid % 6 = 3;

-- Times as CURRENT_TIMESTAMP and as SQLAlchemy write them, in one column.
UPDATE resources SET created_at = '2024-02-29 23:59:59', updated_at = '2024-02-29 23:59:59.000001' WHERE rowid % 8 = 0;
]]

---Makes the file.
---@param file string
---@param options { rows: integer?, seed: integer?, damage: string? }|nil  damage: SQL that is run at last
function neo_alexandria.make(file, options)
    fill.make(file, "neo_alexandria", options)
    local script = file .. ".values"
    process.write(script, VALUES .. (options and options.damage or ""))
    process.shell(("sqlite3 -batch -bail %s < %s && rm %s"):format(process.quote(file), process.quote(script),
        process.quote(script)))
end

---The statements that make the target as Alembic leaves it.
---@return string
function neo_alexandria.target()
    return fill.schema "neo_alexandria.pg" .. "INSERT INTO alembic_version VALUES ('0010_head');"
end

return neo_alexandria
