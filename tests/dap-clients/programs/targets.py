def twice(n):
    return n * 2


print(twice(1), twice(2))
