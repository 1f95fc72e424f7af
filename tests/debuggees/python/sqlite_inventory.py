"""sqlite3 in memory and on disk, transactions, row factories, aggregate functions written in Python."""
import os
import sqlite3
import tempfile


class Spread:
    def __init__(self):
        self.values = []

    def step(self, value):
        self.values.append(value)

    def finalize(self):
        return max(self.values) - min(self.values)


handle, path = tempfile.mkstemp(suffix=".db")
os.close(handle)
with sqlite3.connect(path) as connection:
    connection.row_factory = sqlite3.Row
    connection.create_aggregate("spread", 1, Spread)
    connection.execute("create table stock (item text primary key, amount integer, price real)")
    for index in range(20):
        connection.execute("insert into stock values (?, ?, ?)", (f"item{index}", index * 7 % 11, 1.5 + index))
    connection.commit()
    try:
        connection.execute("insert into stock values ('item3', 1, 1)")
    except sqlite3.IntegrityError as error:
        print("refused:", error)
    rows = connection.execute("select item, amount * price as worth from stock order by worth desc limit 3").fetchall()
    for row in rows:
        print(row["item"], round(row["worth"], 2))
    print("spread", connection.execute("select spread(amount) from stock").fetchone()[0])
connection.close()
os.unlink(path)
