"""What a replica notes for questions to the whole history, and the digest that shows whether noting it has changed the program."""

import sys
import types
import unittest
from typing import Any

import support  # noqa: F401 - puts the agent on sys.path
from fred_agent import digest as digests
from fred_agent.observer import MAX_VALUE, SEPARATOR, UNCHANGED, Observer, compiled, shown


class Purity(unittest.TestCase):
    def test_what_can_change_something_is_told_by_its_text(self) -> None:
        for pure in ("x", "x.y[0] + len(x)", "isinstance(x, int) and -x < 3", "str(x)[:5]", "(x, {'a': x})"):
            self.assertTrue(compiled(pure)[1], pure)
        for impure in ("next(x)", "x.pop()", "f()", "(y := 3)", "3 in x", "[i for i in x]", "sum(x)", "[*x]", "len(f(x))"):
            self.assertFalse(compiled(impure)[1], impure)


class Looking(unittest.TestCase):
    def test_values_and_errors(self) -> None:
        observer = Observer()
        self.assertEqual("", observer.prepare(1, SEPARATOR.join(("a + 1", "missing"))))
        self.assertEqual("?", observer.prepare(2, "a.pop()"))
        self.assertTrue(observer.prepare(3, "1 +").startswith("!'1 +' is no expression"))
        a = 4
        self.assertEqual("+5%s-NameError: name 'missing' is not defined" % SEPARATOR, observer.look(1, sys._getframe()))
        del a
        self.assertEqual("", observer.look(9, sys._getframe()))

    def test_texts_are_bounded_and_can_be_sent(self) -> None:
        self.assertEqual(MAX_VALUE, len(shown("x" * 5000)))
        self.assertEqual("'\\ud800\\x1e'", shown("\ud800" + SEPARATOR))
        self.assertTrue(shown(10 ** 5000).startswith("<int"))

    def test_changes(self) -> None:
        observer = Observer()
        code = compiled("x")[0]

        def ask(value: Any) -> Any:
            return observer.change(code, {}, {"x": value})

        items = [1]
        self.assertEqual("+[1]", ask(items))
        self.assertEqual(UNCHANGED, ask(items))
        items.append(2)
        self.assertEqual("+[1, 2]", ask(items))
        self.assertEqual("+1", ask(1))
        self.assertEqual("+True", ask(True))
        self.assertEqual("+0.0", ask(0.0))
        self.assertEqual("+-0.0", ask(-0.0))
        self.assertTrue(observer.change(code, {}, {}).startswith("-NameError"))
        self.assertEqual(UNCHANGED, observer.change(code, {}, {}))

    def test_arguments(self) -> None:
        def called(first: int, *rest: int, key: str = "k", **more: int) -> str:
            extra = first
            return Observer().arguments(sys._getframe()) if extra else ""

        self.assertEqual(["+first=1", "+key='k'", "+rest=(2,)", "+more={'z': 3}"], called(1, 2, z=3).split(SEPARATOR))

    def test_a_coroutine_is_known_by_its_frame(self) -> None:
        observer, notes = Observer(), []

        @types.coroutine
        def waiting() -> Any:
            yield

        async def job(n: int, waits: bool) -> None:
            notes.append(observer.arguments(sys._getframe()))
            if waits:
                await waiting()
            notes.append(observer.result(0, sys._getframe()))

        first, second = job(1, True), job(2, False)
        first.send(None)
        for each in (second, first):
            with self.assertRaises(StopIteration):
                each.send(None)
        self.assertEqual(["+n=1%s+waits=True%s-suspends", "+n=2%s+waits=False%s-suspends"], [note.replace(SEPARATOR, "%s") for note in notes[:2]])
        self.assertEqual(["+None", "-suspends"], notes[2:])


class Digest(unittest.TestCase):
    def test_it_shows_every_kind_of_change(self) -> None:
        class Thing:
            def __init__(self) -> None:
                self.value = 1

        def numbers() -> Any:
            yield 1
            yield 2

        import collections
        import random
        state = {"list": [[1], 2], "dict": {"a": {}}, "set": {1}, "thing": Thing(), "iterator": iter([1, 2]), "pairs": zip([1, 2], [3, 4]), "generator": numbers(),
                 "random": random.Random(1), "bytes": bytearray(b"x"), "deque": collections.deque([1]), "number": 1}
        changes = {
            "list": lambda: state["list"][0].append(1), "dict": lambda: state["dict"]["a"].update(x=1), "set": lambda: state["set"].add(2),
            "thing": lambda: setattr(state["thing"], "value", 2), "iterator": lambda: next(state["iterator"]), "pairs": lambda: next(state["pairs"]),
            "generator": lambda: next(state["generator"]), "random": lambda: state["random"].random(), "bytes": lambda: state["bytes"].append(1),
            "deque": lambda: state["deque"].append(1), "number": lambda: state.update(number=2)}  # type: ignore

        def digest() -> str:
            return digests._Walk(()).run([state])

        for name, change in changes.items():
            before = digest()
            self.assertEqual(before, digest(), name)
            change()
            self.assertNotEqual(before, digest(), name)


if __name__ == "__main__":
    unittest.main()
