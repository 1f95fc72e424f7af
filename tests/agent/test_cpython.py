"""CPython's own tests of the language, run with every module of theirs and of the standard library instrumented.

A small selection; by hand, a larger one: `PYTHON tests/agent/test_cpython.py test_grammar test_asyncgen ...`. Tests that look at bytecode or
at trace events (test_dis, test_sys_settrace, test_compile, parts of test_patma) notice the probes, as they must.
"""

import importlib.util
import io
import os
import sys
import unittest
from typing import Any, List

import support
import importlib._bootstrap_external as importlib_external
from fred_agent.instrument import instrument
from fred_agent.probes import resolve

SELECTION = ("test_generators", "test_with", "test_scope", "test_super", "test_decorators", "test_yield_from", "test_named_expressions", "test_keywordonlyarg", "test_raise")


class SilentProbe:
    def __neg__(self) -> bool:
        return True

    def __invert__(self) -> "SilentProbe":
        return self

    def __getitem__(self, value: Any) -> Any:
        return value


def run_modules(names: List[str]) -> List[str]:
    """Runs test modules with everything imported from now on instrumented; returns the tests that failed."""
    plain, probe = importlib_external.SourceFileLoader.get_code, SilentProbe()

    def get_code(loader: Any, name: str) -> Any:
        path = loader.get_filename(name)
        if "bad" in os.path.basename(path):  # test data that does not compile
            return plain(loader, name)
        return resolve(*instrument(loader.get_data(path), path), make_probe=lambda spec: probe)

    importlib_external.SourceFileLoader.get_code = get_code
    try:
        failed: List[str] = []
        for name in names:
            result = unittest.TextTestRunner(io.StringIO(), verbosity=0).run(unittest.defaultTestLoader.loadTestsFromName("test." + name))
            failed += ["%s: %s" % (name, test) for test, _ in result.failures + result.errors]
            if not result.testsRun:
                failed.append(name + ": no tests")
        return failed
    finally:
        importlib_external.SourceFileLoader.get_code = plain


class CPythonTests(unittest.TestCase):
    def test_selection(self) -> None:
        names = [each for each in SELECTION if importlib.util.find_spec("test." + each)]
        if len(names) < 5:
            self.skipTest("this Python comes without its tests")
        self.assertEqual([], run_modules(names))


if __name__ == "__main__":
    if len(sys.argv) > 1 and sys.argv[1].startswith("test_"):
        print("\n".join(run_modules(sys.argv[1:])) or "all passed")
    else:
        unittest.main()
