-- The target of tenants.lua: psql postgresql://localhost/scratch -f tenants.sql
create table customers (
    tenant text not null,
    id bigint not null,
    name text not null,
    mail text,
    country text,
    deleted_at date,
    primary key (tenant, id)
);
