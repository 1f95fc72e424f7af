"""Statements of every kind: decorators, class bodies, super, properties, try/else/finally, with, while/else, nested functions, star arguments, del, global."""
import functools

calls = 0


def traced(function):
    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        global calls
        calls += 1
        return function(*args, **kwargs)

    return wrapper


class Shape:
    kinds = []

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        Shape.kinds.append(cls.__name__)

    @traced
    def area(self):
        raise NotImplementedError

    def __repr__(self):
        return f"{type(self).__name__}({self.area():.1f})"


class Square(Shape):
    def __init__(self, side):
        self.side = side

    @traced
    def area(self):
        return self.side ** 2


class Circle(Shape):
    pi = 3.14159

    def __init__(self, radius): self.radius = radius

    @traced
    def area(self):
        return self.pi * self.radius ** 2


def divide(a, b):
    try:
        result = a / b
    except ZeroDivisionError:
        return "infinite"
    except TypeError as error:
        result = str(error)[:11]
    else:
        result = round(result, 2)
    finally:
        global calls
        calls += 100
    return result


def search(limit):
    n = 0
    while n < limit:
        n += 1
        if n % 7 == 0:
            break
        if n % 2:
            continue
    else:
        return "none"
    return n


shapes = [Square(2), Circle(1.5), Square(side=3)]
print(shapes, Shape.kinds)
print(divide(1, 3), divide(1, 0), divide("a", 2))
print(search(5), search(20))
first, *middle, last = range(6)
table = {"a": 1, **{"b": 2}}
del table["a"]
matrix = [
    [row * column
     for column in range(3)]
    for row in range(3)
]
text = ("multi "
        "line "
        f"{sum(map(sum, matrix))}")
try:
    shapes[0].missing
except AttributeError: print("no attribute")
print(first, middle, last, table, text, calls)
print(max(shapes, key=lambda shape: shape.area()))
