"""Recursive-descent calculator: deep mutual recursion, exceptions as control flow, regular expressions."""
import re

TOKEN = re.compile(r"\s*(?:(\d+(?:\.\d+)?)|(.))")


class ParseError(Exception):
    pass


class Parser:
    def __init__(self, text):
        self.tokens = [number or symbol for number, symbol in TOKEN.findall(text)]
        self.position = 0

    def peek(self):
        return self.tokens[self.position] if self.position < len(self.tokens) else None

    def take(self, expected=None):
        token = self.peek()
        if token is None or (expected is not None and token != expected):
            raise ParseError(f"expected {expected!r}, found {token!r} at {self.position}")
        self.position += 1
        return token

    def expression(self):
        value = self.term()
        while self.peek() in ("+", "-"):
            if self.take() == "+":
                value += self.term()
            else:
                value -= self.term()
        return value

    def term(self):
        value = self.factor()
        while self.peek() in ("*", "/"):
            operator = self.take()
            right = self.factor()
            value = value * right if operator == "*" else value / right
        return value

    def factor(self):
        token = self.take()
        if token == "(":
            value = self.expression()
            self.take(")")
            return value
        if token == "-":
            return -self.factor()
        try:
            return float(token)
        except ValueError:
            raise ParseError(f"unexpected {token!r}") from None


results = []
for source in ("1 + 2 * 3", "(1 + 2) * 3", "2 * (3 + (4 - 1)) / 5", "7 / 0", "2 * (3", "-4 * -(2 + 1)", "8 $ 3"):
    try:
        results.append((source, Parser(source).expression()))
    except (ParseError, ZeroDivisionError) as error:
        results.append((source, type(error).__name__))
for source, result in results:
    print(f"{source:24} -> {result}")
