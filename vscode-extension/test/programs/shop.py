"""A shop that sold more than it had."""


def sell(stock, kind, count):
    stock[kind] -= count
    return stock[kind]


stock = {"apples": 40, "pears": 25, "plums": 70}
sold = 0
for day in range(30):
    for kind, count in [("apples", 1), ("pears", 1), ("plums", 2)]:
        left = sell(stock, kind, count)
        sold += count
print("sold", sold)
lowest = min(stock.values())
assert lowest >= 0, f"{lowest} on a shelf"
