"""A loader as teams write it: loader.py batches|rows SOURCE URL. Reads with sqlite3, writes with psycopg2."""
import sqlite3
import sys

import psycopg2
from psycopg2.extras import execute_values

BATCH = 1000


def tables_of(source):
    """Names in the order in which they were made: a table comes after those that it refers to."""
    query = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%' ORDER BY rootpage"
    return [name for (name,) in source.execute(query)]


def converters_of(source, table):
    """Booleans are the one thing that PostgreSQL doesn't take as SQLite gives it."""
    columns = source.execute(f"SELECT name, type FROM pragma_table_info('{table}')").fetchall()
    return [name for name, _ in columns], [i for i, (_, kind) in enumerate(columns) if kind == "BOOLEAN"]


def converted(row, booleans):
    if not booleans:
        return row
    values = list(row)
    for i in booleans:
        values[i] = None if values[i] is None else bool(values[i])
    return values


def load(way, source, target):
    cursor = target.cursor()
    for table in tables_of(source):
        names, booleans = converters_of(source, table)
        insert = f"INSERT INTO {table} ({', '.join(names)}) VALUES "
        rows = source.execute(f"SELECT * FROM {table}")
        if way == "batches":
            while batch := rows.fetchmany(BATCH):
                execute_values(cursor, insert + "%s", [converted(row, booleans) for row in batch], page_size=BATCH)
                target.commit()
        else:
            insert += f"({', '.join(['%s'] * len(names))})"
            for number, row in enumerate(rows, 1):
                cursor.execute(insert, converted(row, booleans))
                if number % BATCH == 0:
                    target.commit()
            target.commit()


if __name__ == "__main__":
    load(sys.argv[1], sqlite3.connect(sys.argv[2]), psycopg2.connect(sys.argv[3]))
