-- One-off work without a plan: rows of any SELECT are changed in Lua and written by COPY, in one transaction. Stock Lua
-- runs it: lua5.4 copy_rows.lua sample.db postgresql://localhost/app
local w = require "wherry"

local file, url = ...
local src <close> = w.sqlite(file):open()
local dst <close> = w.pg(url):open()

dst:exec "create table if not exists order_tags (order_id bigint not null, tag text not null)"
local out <close> = dst:writer("order_tags", { "order_id", "tag" })
for order in src:rows "select id, tags from orders where tags is not null" do
    for tag in order.tags:gmatch "[^,]+" do
        out:write(order.id, w.trim(tag))
    end
end
print(("%d tags"):format(out:commit()))
