"""Values are shown bounded and without running more of the program than must be."""

import collections
import dataclasses
import unittest

import support  # noqa: F401 - puts the agent on sys.path
from fred_agent.values import MAX_TEXT, children_of, text_of, type_text


class Broken:
    def __repr__(self) -> str:
        raise RuntimeError("no")


class Endless:
    def __repr__(self) -> str:
        while True:
            pass


class Slotted:
    __slots__ = ("a", "unset")

    def __init__(self) -> None:
        self.a = 1


class Computed:
    def __init__(self) -> None:
        self.plain = 1

    @property
    def costly(self) -> int:
        raise AssertionError("a property must not be evaluated")


@dataclasses.dataclass
class Point:
    x: int
    y: int


Pair = collections.namedtuple("Pair", "left right")


class Texts(unittest.TestCase):
    def test_small_values_are_their_repr(self) -> None:
        for value in (1, "a\n", b"x", [1, [2, {"k": (3,)}]], {1: 2}, {1}, frozenset([2]), (), {}, None, 1.5, Pair(1, 2), Point(1, 2), range(3)):
            self.assertEqual(repr(value), text_of(value))

    def test_big_values_are_cut(self) -> None:
        cyclic: list = []
        cyclic.append(cyclic)
        for value in ([0] * 10**6, "x" * 10**6, {i: "y" * 99 for i in range(9999)}, 10**9999, set(range(99999)), b"z" * 10**6, cyclic, collections.deque(range(99999))):
            self.assertLessEqual(len(text_of(value)), MAX_TEXT)
            self.assertGreater(len(text_of(value)), 5)

    def test_broken_and_endless_reprs_spoil_only_themselves(self) -> None:
        self.assertEqual("[1, <Broken: __repr__ raised RuntimeError>]", text_of([1, Broken()]))
        self.assertEqual("<Endless: __repr__ does not end>", text_of(Endless()))

    def test_type_names(self) -> None:
        self.assertEqual(["int", "collections.OrderedDict"], [type_text(1), type_text(collections.OrderedDict())])


def named(value: object) -> list:
    return [(child.name, child.suffix) for child in children_of(value).list_named(0, 100)]


class Children(unittest.TestCase):
    def test_sequences_page(self) -> None:
        children = children_of(list(range(1000)))
        self.assertEqual((1000, 0), (children.indexed, children.named))
        self.assertEqual([("[998]", 998, "[998]"), ("[999]", 999, "[999]")], [tuple(each) for each in children.list_indexed(998, 1005)])

    def test_dicts(self) -> None:
        self.assertEqual([("'a'", "['a']"), ("(1, 2)", None)], named({"a": 1, (1, 2): 2}))
        self.assertEqual(["3"], [child.name for child in children_of(dict.fromkeys(range(9))).list_named(3, 4)])

    def test_objects(self) -> None:
        self.assertEqual([("a", ".a")], named(Slotted()))
        self.assertEqual([("plain", ".plain")], named(Computed()))
        self.assertEqual([("x", ".x"), ("y", ".y")], named(Point(1, 2)))
        self.assertEqual([("left", ".left"), ("right", ".right")], named(Pair(1, 2)))
        self.assertEqual(["args", "__cause__", "__context__"], [name for name, _ in named(ValueError(1))])

    def test_sets_and_atoms(self) -> None:
        self.assertEqual([None], [child.suffix for child in children_of({5}).list_indexed(0, 9)])
        for atom in (1, "text", None, b"", 1.5):
            self.assertEqual((0, 0), tuple(children_of(atom)[:2]))


if __name__ == "__main__":
    unittest.main()
