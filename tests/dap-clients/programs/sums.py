def add(a, n):
    b = a + n
    return b


total = 0
numbers = list(range(60))
for n in numbers:
    if n % 20 == 0:
        total = add(total, n)
print("total", total)
assert total < 0, "always raised"
