"""Runs a failed test again under Fred: what the plugins for pytest and unittest have in common.

Recording whole suites would record mostly what passes. Instead a test that failed is run again under `fred`, alone: which tells whether it fails alone, too, and leaves
a recording of that test and nothing else, saved before the statement that failed.
"""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import time
from typing import Any, Dict, List, NamedTuple, Optional

MOST = 5
"""Failed tests that are looked into at most, in one run of a test suite."""
TIMEOUT = 300
"""Seconds that one of them may take under Fred."""


class Failure(NamedTuple):
    """One failed test: the module and arguments that run it alone, and where in the user's code it failed."""

    name: str
    module: str
    arguments: List[str]
    function: str
    file: Optional[str]
    line: int


def fred() -> Optional[str]:
    """The fred to call: $FRED_COMMAND, the one on PATH, or the one this file was installed with. None: there is none."""
    beside = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "fred")
    return os.environ.get("FRED_COMMAND") or shutil.which("fred") or (beside if os.access(beside, os.X_OK) else None)


def innermost_own(traceback: Any, passed_over: Any = ()) -> Any:
    """File, line and function of the innermost frame that is neither the library's nor a test framework's; (None, 0, "") when there is none."""
    stdlib = os.path.dirname(os.__file__) + os.sep
    found = (None, 0, "")
    while traceback is not None:
        file = os.path.abspath(traceback.tb_frame.f_code.co_filename)
        library = file.startswith(stdlib) or os.sep + "site-packages" + os.sep in file or os.sep + "dist-packages" + os.sep in file
        if not library and os.path.exists(file) and file not in passed_over:
            found = (file, traceback.tb_lineno, traceback.tb_frame.f_code.co_name)
        traceback = traceback.tb_next
    return found


def report(failures: List[Failure], expression: Optional[str], write: Any) -> None:
    """Runs each failure again and says what was found, one `write` a line."""
    command = fred()
    if command is None:
        write("fred: not found. Put it on PATH, or set FRED_COMMAND.")
        return
    for failure in failures[:MOST]:
        write("%s" % failure.name)
        try:
            for line in (_bisected if expression else _reopened)(command, failure, expression):
                write("  " + line)
        except subprocess.TimeoutExpired:
            write("  took longer than %d s under Fred" % TIMEOUT)
        except (OSError, ValueError) as error:
            write("  fred could not be asked: %s" % error)
    if len(failures) > MOST:
        write("(%d more failed tests were not looked into)" % (len(failures) - MOST))


def _program(failure: Failure) -> List[str]:
    return ["-m", failure.module] + failure.arguments


def _run(command: str, arguments: List[str]) -> "subprocess.CompletedProcess[str]":
    environment = {name: value for name, value in os.environ.items() if name not in ("PYTEST_CURRENT_TEST", "PYTEST_ADDOPTS")}
    return subprocess.run(
        [command] + arguments, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, universal_newlines=True, timeout=TIMEOUT, env=environment, check=False)


def _reopened(command: str, failure: Failure, _expression: Optional[str]) -> List[str]:
    if failure.file is None:
        return ["failed outside of your own code; there is no statement to go to"]
    steps = ["-ex", "continue", "-ex", "break %s:%d" % (failure.file, failure.line), "-ex", "reverse-continue"]
    words = ["--python", sys.executable] + steps
    name = "%s-%s" % (re.sub(r"[^A-Za-z0-9]+", "-", failure.name.rpartition("::")[2] or failure.name).strip("-"), time.strftime("%m%d-%H%M%S"))
    done = _run(command, ["python", "--jsonl"] + words + ["-ex", "save %s" % name] + _program(failure))
    answers = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    saved = answers.pop() if answers and answers[-1]["command"].startswith("save ") else None
    problem = next((each["error"] for each in answers if each.get("error")), None)
    if problem is not None:
        return ["under Fred: %s [%s]" % (problem["message"], problem["id"])]
    stop = answers[-1]["stop"] if answers else None
    ended = next((each["stop"] for each in answers if each["command"] == "continue"), None)
    if not stop or not ended or _passed(answers):
        return ["does not fail when it is run alone under Fred: it depends on other tests, or on chance"]
    if stop["reason"] != "breakpoint":
        return ["fails when it is run alone under Fred, but not at %s:%d" % (failure.file, failure.line)]
    if saved is None or saved["error"]:
        kept = "(not kept: %s) " % (saved["error"]["message"] if saved else "fred ended early")
    else:
        kept = _line([command, "session", "resume", name])
    return [
        "failed at %s:%d, tick %d of %d; to look around there, and before:" % (failure.file, failure.line, stop["tick"], ended["tick"]),
        "  " + kept,
        "or, running it again:",
        "  " + _line([command, "python", "-i"] + words + _program(failure))]


def _passed(answers: List[Dict[str, Any]]) -> bool:
    return any(each["command"] == "continue" and "ended with status 0" in each["output"] for each in answers)


def _bisected(command: str, failure: Failure, expression: Optional[str]) -> List[str]:
    done = _run(command, ["bisect", "--json", "--python", sys.executable, "--frame", failure.function, "--expr", expression or "", "--", "python"] + _program(failure))
    try:
        answer = json.loads(done.stdout)
    except ValueError:
        return ["under Fred: %s" % (done.stderr.strip().splitlines() or ["no answer"])[-1]]
    if answer["stop"] and answer["stop"]["exitCode"] == 0:
        return ["does not fail when it is run alone under Fred: it depends on other tests, or on chance"]
    if answer["error"]:
        return ["%s [%s]" % (answer["error"]["message"], answer["error"]["id"])]
    if answer["result"] != "transition":
        return ["%s is %s in %s" % (expression, answer["result"].replace("-", " "), answer["frame"])]
    found = answer["transitions"][-1]
    return [
        "%s was made false by %s:%s  %s" % (expression, found["file"], found["line"], found["text"]),
        "  before %s, after %s, in %s, tick %d" % (found["before"], found["after"], found["function"], found["tick"]),
        "  " + (answer["reopen"] or "")]


def _line(words: List[str]) -> str:
    return " ".join(shlex.quote(word) for word in words)
