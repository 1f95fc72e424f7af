"""unittest with failed tests run again under Fred.

    PYTHONPATH=$(fred python-path) python -m fred_unittest [--fred-on-fail] [--fred-bisect EXPR] [what `python -m unittest` takes]
"""

import argparse
import sys
import unittest
from typing import Any, List

import fred_testing


class FredResult(unittest.TextTestResult):
    """Also notes where tests failed."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.noted: List[fred_testing.Failure] = []

    def addError(self, test: Any, err: Any) -> None:
        super().addError(test, err)
        self._note(test, err)

    def addFailure(self, test: Any, err: Any) -> None:
        super().addFailure(test, err)
        self._note(test, err)

    def _note(self, test: Any, err: Any) -> None:
        # What could not even be loaded has no test to run again.
        if isinstance(test, unittest.TestCase) and type(test).__module__ != "unittest.loader":
            file, line, _ = fred_testing.innermost_own(err[2])
            self.noted.append(fred_testing.Failure(test.id(), "unittest", [test.id()], test._testMethodName, file, line))


class FredProgram(unittest.TestProgram):
    """Does what `python -m unittest` does."""

    expression = None
    looks = False

    def runTests(self) -> None:
        self.testRunner = self.testRunner or unittest.TextTestRunner(resultclass=FredResult, verbosity=self.verbosity, failfast=self.failfast, buffer=self.buffer)
        exits, self.exit = self.exit, False
        super().runTests()
        noted = getattr(self.result, "noted", [])
        if noted and (self.looks or self.expression):
            print("\nfred", file=sys.stderr)
            fred_testing.report(noted, self.expression, lambda line: print(line, file=sys.stderr))
        if exits:
            sys.exit(not self.result.wasSuccessful())


def main() -> None:
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--fred-on-fail", action="store_true")
    parser.add_argument("--fred-bisect", metavar="EXPR")
    own, rest = parser.parse_known_args()
    FredProgram.looks, FredProgram.expression = own.fred_on_fail, own.fred_bisect
    FredProgram(module=None, argv=["python -m fred_unittest"] + rest)


if __name__ == "__main__":
    main()
