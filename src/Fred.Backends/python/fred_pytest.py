"""A plugin for pytest: failed tests are run again under Fred.

    PYTHONPATH=$(fred python-path) pytest -p fred_pytest --fred-on-fail [--fred-bisect EXPR] ...

Each failed test is run alone in a child, with pytest's assertion rewriting off: rewritten modules are compiled by pytest itself, and Fred could not step in them.
"""

from typing import Any, List

import pytest

import fred_testing

_FAILURES: "pytest.StashKey[List[fred_testing.Failure]]" = pytest.StashKey()


def pytest_addoption(parser: Any) -> None:
    group = parser.getgroup("fred", "reversible debugging")
    group.addoption("--fred-on-fail", action="store_true", help="run failed tests again under Fred, and print a command that goes to the statement that failed")
    group.addoption("--fred-bisect", metavar="EXPR", help="run failed tests again under Fred, and name the statement that made EXPR false in the test's function")


def pytest_configure(config: Any) -> None:
    config.stash[_FAILURES] = []


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: Any, call: Any) -> Any:
    outcome = yield
    config = item.config
    if outcome.get_result().failed and call.excinfo is not None and (config.getoption("--fred-on-fail") or config.getoption("--fred-bisect")):
        file, line, _ = fred_testing.innermost_own(call.excinfo.tb)
        root = ["--rootdir", str(config.rootpath)] + (["-c", str(config.inipath)] if config.inipath else [])
        arguments = ["-q", "--assert=plain", "-p", "no:cacheprovider"] + root + [_node(item)]
        function = getattr(item, "originalname", None) or item.name.partition("[")[0]
        config.stash[_FAILURES].append(fred_testing.Failure(item.nodeid, "pytest", arguments, function, file, line))


def _node(item: Any) -> str:
    """The test's id with the whole path of its file: valid in any directory."""
    return "::".join([str(item.path)] + item.nodeid.split("::")[1:])


def pytest_terminal_summary(terminalreporter: Any, config: Any) -> None:
    failures = config.stash.get(_FAILURES, [])
    if failures:
        terminalreporter.section("fred")
        fred_testing.report(failures, config.getoption("--fred-bisect"), terminalreporter.write_line)
