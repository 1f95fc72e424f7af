"""The program must not notice its probes."""

import copy
import dis
import inspect
import linecache
import marshal
import os
import pickle
import subprocess
import sys
import textwrap
import traceback
import types
import unittest
import warnings
from typing import Any, Dict, Set

import support
from fred_agent.instrument import instrument
from fred_agent.probes import CALL, HANDLES, LINE, RAISES, RETURN, resolve


def run(source: str, name: str = "<program>") -> Dict[str, Any]:
    """Runs an instrumented program whose source `inspect` and tracebacks can find."""
    text = textwrap.dedent(source)
    linecache.cache[name] = (len(text), None, text.splitlines(True), name)
    scope: Dict[str, Any] = {"__name__": "program"}
    exec(support.instrumented(text, name), scope)
    return scope


def traceback_of(code: types.CodeType) -> str:
    try:
        exec(code, {"__name__": "program"})
    except BaseException:
        return "".join(traceback.format_exc().splitlines(True)[3 + (sys.version_info >= (3, 13) and "^" in traceback.format_exc().splitlines()[3]):])
    raise AssertionError("the program was to fail")


def lines_of(code: types.CodeType) -> Set[int]:
    inner = [each for each in code.co_consts if isinstance(each, types.CodeType)]
    return {line for _, line in dis.findlinestarts(code) if line}.union(*map(lines_of, inner)) if inner else {line for _, line in dis.findlinestarts(code) if line}


class Tracebacks(unittest.TestCase):
    SOURCES = [
        "def f(x):\n    return (1 +\n      x / 0)\nf(2)\n",
        "def f(x):\n    while x[5] and True:\n        pass\nf([])\n",
        "f = lambda a: a + undefined\nf(1)\n",
        "try:\n    {}['k']\nexcept undefined:\n    pass\n",
        "def g():\n    yield 1 + ''\nlist(g())\n",
        "class A:\n    x = 1\n    y = x.nothing\n",
        "@undefined\ndef f(): pass\n",
        "def f():\n    try:\n        return 1 / 0\n    finally:\n        [].pop()\nf()\n",
        "try:\n    1 / 0\nexcept ZeroDivisionError as e:\n    raise KeyError('x') from e\n",
        "for x in 5:\n    pass\n",
        "with open('/nonexistent/x') as f:\n    pass\n",
        "assert 1 == 2, 'message'\n",
        "raise SystemExit(3)\n",
    ]

    def test_tracebacks_are_those_of_plain_code(self) -> None:
        for number, source in enumerate(self.SOURCES):
            with self.subTest(source=source):
                name = "<traceback %d>" % number
                linecache.cache[name] = (len(source), None, source.splitlines(True), name)
                self.assertEqual(traceback_of(compile(source, name, "exec")), traceback_of(support.instrumented(source, name)))

    def test_same_lines_have_code(self) -> None:
        for module in (textwrap, types, inspect, copy, pickle):
            source = inspect.getsource(module)
            with self.subTest(module=module.__name__):
                plain = lines_of(compile(source, "<m>", "exec", dont_inherit=True))
                self.assertFalse(plain - lines_of(support.instrumented(source, "<m>")))

    def test_syntax_error_is_unchanged(self) -> None:
        with self.assertRaises(SyntaxError) as caught:
            instrument("x = (1,\ny = 2\n", "<bad>")
        with self.assertRaises(SyntaxError) as expected:
            compile("x = (1,\ny = 2\n", "<bad>", "exec")
        self.assertEqual(expected.exception.args, caught.exception.args)


class Behaviour(unittest.TestCase):
    def test_source_and_docstrings(self) -> None:
        scope = run('''\
            """module"""
            def f(x):
                """function"""
                return x
            class C:
                """class"""
            def g():
                x = "not a docstring" + ""
            ''')
        self.assertEqual(["module", "function", "class", None], [scope["__doc__"], scope["f"].__doc__, scope["C"].__doc__, scope["g"].__doc__])
        self.assertEqual('def f(x):\n    """function"""\n    return x\n', inspect.getsource(scope["f"]))

    def test_functions_pickle_and_copy(self) -> None:
        module = types.ModuleType("pickle_program")
        sys.modules["pickle_program"] = module
        self.addCleanup(sys.modules.pop, "pickle_program")
        exec(support.instrumented("def f(x):\n    return x + 1\nclass C:\n    a = 1\n", "<p>"), module.__dict__)
        self.assertIs(module.f, pickle.loads(pickle.dumps(module.f)))
        self.assertEqual(1, pickle.loads(pickle.dumps(module.C())).a)
        self.assertIs(module.f, copy.deepcopy(module.f))

    def test_return_in_finally_and_loops(self) -> None:
        scope = run("""\
            def f():
                for i in range(3):
                    try:
                        continue
                    finally:
                        if i == 1:
                            return i
            def g():
                try:
                    return 'try'
                finally:
                    return 'finally'
            """)
        self.assertEqual((1, "finally"), (scope["f"](), scope["g"]()))

    def test_values_with_own_operators_pass_through(self) -> None:
        scope = run("""\
            class Odd:
                def __rmatmul__(self, other): raise AssertionError
                __matmul__ = __neg__ = __bool__ = __rmatmul__
            odd = Odd()
            def f(): return [odd][0]
            def g():
                yield [odd][0]
            r = f(), next(g()), (lambda: [odd][0])()
            """)
        self.assertEqual([scope["odd"]] * 3, list(scope["r"]))

    def test_every_value_can_be_returned(self) -> None:
        scope = run("""\
            def f(x): return (lambda: x)()
            def g():
                yield f(NotImplemented)
                yield NotImplemented
                yield [1, 2]
                yield 1
                yield *(1, 2), 3
            r = [f(NotImplemented)] + list(g())
            class A:
                def __eq__(self, other): return super().__eq__(other)
            same = A() == A()
            """)
        self.assertEqual([NotImplemented] * 3 + [[1, 2], 1, (1, 2, 3)], scope["r"])
        self.assertFalse(scope["same"])

    def test_compiling_warns_of_nothing(self) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            run("def f():\n    yield 'a'\n    yield {}\n    return f''\ng = lambda: 'text'\ntry: pass\nexcept (KeyError, ValueError): pass\n")

    def test_while_condition_is_not_required_to_be_bool(self) -> None:
        self.assertEqual([1, 2], run("r = []\nx = [2, 1]\nwhile x:\n    r.append(x.pop())\n")["r"])

    def test_future_annotations_stay_text(self) -> None:
        scope = run("from __future__ import annotations\ndef f(a: (lambda: 1), b: 'x') -> [i for i in y]: ...\nz: (lambda: 2) = 3\n")
        self.assertEqual({"a": "lambda: 1", "b": "'x'", "return": "[i for i in y]"}, scope["f"].__annotations__)
        self.assertEqual({"z": "lambda: 2"}, scope["__annotations__"])

    def test_generator_protocol(self) -> None:
        scope = run("""\
            def g():
                got = []
                try:
                    while True:
                        got.append((yield len(got)))
                except KeyError as error:
                    yield ('caught', got)
                finally:
                    got.append('closed')
            def outer():
                result = yield from inner()
                yield result
            def inner():
                yield 1
                return 2
            """)
        generator = scope["g"]()
        self.assertEqual([0, 1, 2], [next(generator), generator.send("a"), generator.send("b")])
        self.assertEqual(("caught", ["a", "b"]), generator.throw(KeyError("k")))
        generator.close()
        self.assertEqual([1, 2], list(scope["outer"]()))
        self.assertTrue(inspect.isgeneratorfunction(scope["g"]))

    def test_async_kinds(self) -> None:
        scope = run("async def f(): return await g()\nasync def g(): return lambda: 1\nasync def h():\n    yield 1\n")
        self.assertTrue(inspect.iscoroutinefunction(scope["f"]))
        self.assertTrue(inspect.isasyncgenfunction(scope["h"]))
        coroutine = scope["f"]()
        with self.assertRaises(StopIteration) as stop:
            coroutine.send(None)
        self.assertEqual(1, stop.exception.value())

    def test_yield_inside_lambda_and_defaults(self) -> None:
        scope = run("f = lambda a=(lambda: 5): (yield a())\nr = list(f())\nk = sorted([(1, 2), (0, 3)], key=lambda p: (lambda q: q[0])(p))\n")
        self.assertEqual(([5], [(0, 3), (1, 2)]), (scope["r"], scope["k"]))

    def test_encodings(self) -> None:
        source = "# -*- coding: latin-1 -*-\ns = 'é'\nf = lambda: s\n".encode("latin-1")
        scope: Dict[str, Any] = {}
        code, specs = instrument(source, "<latin>")
        exec(resolve(code, specs, lambda spec: support.RecordingProbe(spec, [])), scope)
        self.assertEqual("é", scope["f"]())
        exec(support.instrumented("\ufeffa = 1\nb = a + 1\n".encode(), "<bom>"), scope)
        self.assertEqual(2, scope["b"])
        self.assertEqual(3, run("a = 1\r\nif a:\r\n    b = 3\r\n")["b"])

    def test_whole_packages_compile(self) -> None:
        """Every file of a few large packages of the standard library; all of it was tried by hand."""
        root = os.path.dirname(os.__file__)
        files = [os.path.join(root, each) for each in sorted(os.listdir(root)) if each.endswith(".py")][::6]
        for package in ("asyncio", "email", "unittest"):
            files += [os.path.join(root, package, each) for each in os.listdir(os.path.join(root, package)) if each.endswith(".py")]
        self.assertGreater(len(files), 50)
        for path in files:
            with self.subTest(path), open(path, "rb") as file:
                instrument(file.read(), path)

    def test_docstring_alone_with_a_wide_gap(self) -> None:
        self.assertEqual("a\nb", run("class C:\n    def f(self):\n        \"\"\"a\nb\"\"\"\n")["C"].f.__doc__)

    def test_optimised_code(self) -> None:
        script = "import sys; sys.path.insert(0, %r)\nimport support\nscope = {}\nexec(support.instrumented('def f():\\n    \"doc\"\\n    assert 0\\n    return __debug__\\nr = f(), f.__doc__', 'x'), scope)\nprint(scope['r'])"
        here = support.os.path.dirname(support.os.path.abspath(__file__))
        shown = subprocess.run([sys.executable, "-OO", "-c", script % here], capture_output=True, text=True, check=True).stdout
        self.assertEqual("(False, None)\n", shown)

    def test_deep_and_long_programs(self) -> None:
        chain = "x = 0\nif x == 1:\n    y = 1\n" + "".join("elif x == %d:\n    y = %d\n" % (i, i) for i in range(2, 150)) + "else:\n    y = -1\n"
        self.assertEqual(-1, run(chain)["y"])
        self.assertEqual(600, run("x = " + " + ".join(["1"] * 600))["x"])
        self.assertEqual(20000, run("x = 0\ndef f(x):\n" + "    x += 1\n" * 20000 + "    return x\nr = f(0)\n")["r"])

    def test_marked_code_can_be_marshalled(self) -> None:
        code, specs = instrument("def f(x):\n    return x * 2\nr = f(4)\n", "<m>")
        scope: Dict[str, Any] = {}
        exec(resolve(marshal.loads(marshal.dumps(code)), specs, lambda spec: support.RecordingProbe(spec, [])), scope)
        self.assertEqual(8, scope["r"])


class Probes(unittest.TestCase):
    def test_one_probe_for_copies_of_a_finally_block(self) -> None:
        made = []
        code, specs = instrument("try:\n    x = 1\nfinally:\n    y = 2\n", "<f>")
        resolve(code, specs, lambda spec: made.append(spec) or support.RecordingProbe(spec, []))
        self.assertEqual(len(made), len(set(made)))
        self.assertEqual(1, sum(1 for spec in made if spec.line == 4 and spec.kinds == LINE))

    def test_fused_kinds(self) -> None:
        def kinds(source: str) -> Any:
            return [(spec.line, spec.kinds, spec.enters) for spec in instrument(source, "<k>").specs if spec.function == "f"]
        self.assertEqual([(2, CALL | LINE, True), (3, LINE | RETURN, False)], kinds("def f(x):\n    x += 1\n    return x\n"))
        self.assertEqual([(2, CALL | LINE | RETURN, True)], kinds("def f(x):\n    return x\n"))
        self.assertEqual([(2, CALL | LINE | RETURN, True)], kinds("def f(x):\n    pass\n"))
        self.assertEqual([(2, CALL | LINE, True), (2, RETURN, False)], kinds("def f(x):\n    return x + 1\n"))

    def test_marks_of_exceptions(self) -> None:
        source = "try:\n    raise A\nexcept B:\n    raise\nexcept C:\n    pass\ntry:\n    f()\nexcept:\n    pass\n"
        marked = [(spec.line, spec.kinds) for spec in instrument(source, "<e>").specs if spec.kinds & (RAISES | HANDLES)]
        self.assertEqual([(2, LINE | RAISES), (3, LINE | HANDLES), (9, LINE | HANDLES)], sorted(marked))

    def test_header_ends(self) -> None:
        source = "@d(\n  1)\ndef f(a,\n      b=2):\n    x = [1,\n         2]\n    if (a or\n        b):\n        pass\n"
        spans = {(spec.line, spec.end_line) for spec in instrument(source, "<s>").specs if spec.kinds & LINE}
        self.assertTrue({(1, 4), (5, 6), (7, 8), (9, 9)} <= spans, spans)


class RoomyTracebacks(support.Roomy, Tracebacks):
    pass


class RoomyBehaviour(support.Roomy, Behaviour):
    pass


if __name__ == "__main__":
    unittest.main()
