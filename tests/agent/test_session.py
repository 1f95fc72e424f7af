"""The agent inside a recorded program: stops, inspectors, changes and watches, driven through libfred and its launcher."""

import json
import os
import sys
import tempfile
import unittest
import warnings
from typing import Any, Dict, List

import support

sys.path.insert(0, os.path.join(support.ROOT, "tests", "native"))
from driver import Session, decoded, text  # noqa: E402

NATIVE = support.libfred()
AGENT = os.path.join(support.AGENT_DIR, "fred_agent")
PROGRAM = '''\
import sys
items = []
class Account:
    def __init__(self):
        self.balance = 100
    def pay(self, n):
        self.balance -= n
        return self.balance + 0
def work(n):
    account = Account()
    local = 1
    for i in range(n):
        account.pay(i)
        items.append(account.balance)
        local = local * 2 % 1000
    return account
def count(n):
    k = 0
    while k < n:
        yield k
        k += 1
total = sum(x for x in count(3))
result = work(20)
if len(items) > 20:
    print('never')
def last(x):
    return 1 / x
last(total - total)
'''


ERRORS = '''\
def risky(n):
    if n:
        raise ValueError(
            "bad %d" % n)
    return 1 // n
def both(n):
    try:
        return risky(n)
    except KeyError:
        pass
    except (ValueError, ZeroDivisionError):
        return -1
try:
    import no_such_module
except:
    both(1)
both(0)
{}[1]
'''


@unittest.skipIf(NATIVE is None, "libfred cannot be built here (no C compiler)")
class Recorded(unittest.TestCase):
    program = PROGRAM

    def setUp(self) -> None:
        warnings.simplefilter("ignore", ResourceWarning)  # the driver leaves its connections to the end of the session
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = os.path.join(os.path.realpath(folder.name), "prog.py")
        with open(self.path, "w", encoding="utf-8") as file:
            file.write(self.program)
        command = [sys.executable, AGENT, json.dumps({"program": self.path, "args": []})]
        output = os.path.join(os.path.realpath(folder.name), "output")
        self.session = Session(command, str(NATIVE), launcher_options=("--stdout", output, "--stderr", output), environment=("HOME=" + folder.name, "FRED_CACHE=0"), options=("hash=1", "populate=1"))
        self.addCleanup(self.session.close)
        self.head = self.session.spawn()
        self.start = self.session.checkpoint(self.head)

    def faults_until_answered(self) -> int:
        """Page faults of a new inspector from its greeting to its first answer."""
        def count() -> int:
            with open("/proc/%d/stat" % inspector.pid) as file:
                return int(file.read().rpartition(")")[2].split()[7])

        inspector = self.session.inspect(self.head)
        before = count()
        inspector.ask(op="stop")
        try:
            return count() - before
        finally:
            inspector.ask(op="stop")  # it has learned by now
            inspector.close()

    def ask(self, process: Any, **request: Any) -> Dict[str, Any]:
        inspector = self.session.inspect(process)
        try:
            return dict(inspector.ask(**request))
        finally:
            inspector.close()

    def to_line(self, process: Any, line: int, condition: str = "") -> Dict[str, Any]:
        process.send("bp-add", 1, text(self.path), line, text(condition))
        stop = process.run("bp=1")
        process.send("bp-clear")
        self.assertEqual(("breakpoint", line), (stop["reason"], stop["line"]))
        return dict(stop)

    def execute(self, statement: str, frame: int = 0) -> List[str]:
        self.head.send("exec", 9, "statement", text("%d\n%s" % (frame, statement)))
        words = self.head.words()
        return [words[2], decoded(words[3])]


class InSession(Recorded):
    def test_steps_are_statements(self) -> None:
        self.to_line(self.head, 10)
        stops = [self.head.run("depth=2147483647") for _ in range(4)]
        self.assertEqual([("call", 4, "__init__"), ("line", 5, "__init__"), ("return", 5, "__init__"), ("line", 11, "work")],
                         [(stop["kind"], stop["line"], stop["function"]) for stop in stops])

    def test_activations_are_those_of_the_frames(self) -> None:
        self.to_line(self.head, 7, "n == 4")
        frames = self.ask(self.head, op="stop")["frames"]
        self.assertEqual([("pay", 7), ("work", 13), ("<module>", 23)], [(frame["function"], frame["line"]) for frame in frames])
        self.assertEqual("module:__main__", frames[2]["activation"])
        outer = frames[1]["activation"]
        self.to_line(self.head, 7, "n == 6")
        again = self.ask(self.head, op="stop")["frames"]
        self.assertEqual(outer, again[1]["activation"])
        self.assertNotEqual(frames[0]["activation"], again[0]["activation"])
        self.assertEqual("bad", self.ask(self.head, op="eval", expr="account.balance > 90", activation=outer)["state"])
        inspector = self.session.inspect(self.head)
        inspector.send(json.dumps({"id": 1, "op": "eval", "expr": "n", "activation": frames[0]["activation"]}))
        self.assertEqual("unevaluable", json.loads(inspector.line())["state"])
        self.assertEqual("6", self.ask(self.head, op="eval", expr="n", activation="function:pay")["value"])
        self.assertEqual("0", self.ask(self.head, op="eval", expr="written", activation="output:1")["value"])
        inspector.send(json.dumps({"id": 2, "op": "eval", "expr": "n <", "activation": "function:nowhere"}))
        self.assertEqual("invalid", json.loads(inspector.line())["state"])

    def test_generator_frames(self) -> None:
        self.to_line(self.head, 21, "k == 1")
        frames = self.ask(self.head, op="stop")["frames"]
        self.assertEqual(["count", "<genexpr>", "<module>"], [frame["function"] for frame in frames])
        self.assertTrue(frames[0]["activation"].startswith("frame:"))
        self.assertEqual([None, "module:__main__"], [frame["activation"] for frame in frames[1:]])

    def test_an_inspector_has_what_its_predecessors_touched(self) -> None:
        self.head.run("limit=40")
        first = self.faults_until_answered()
        self.faults_until_answered()
        self.assertLess(self.faults_until_answered(), first // 2)

    def test_an_inspector_changes_nothing(self) -> None:
        self.to_line(self.head, 15)
        for expression in ("items.clear()", "account.pay(50)"):
            self.ask(self.head, op="eval", expr=expression)
        self.assertEqual("[100]", self.ask(self.head, op="eval", expr="items")["value"])
        self.assertEqual("100", self.ask(self.head, op="eval", expr="account.balance")["value"])

    def test_statements_reach_the_program_and_its_replays(self) -> None:
        self.to_line(self.head, 15, "i == 3")
        self.assertEqual(["ok", ""], self.execute("local = 777"))
        self.assertEqual(["ok", "777\n"], self.execute("local"))
        self.assertEqual("error", self.execute("x = 1", frame=9)[0])
        self.assertEqual(["ok", ""], self.execute("total = 5", frame=1))
        self.assertEqual(["error", "hi 91\n*** ZeroDivisionError: division by zero\n"], self.execute("print('hi', account.pay(3)); 1/0"))
        if sys.version_info < (3, 13):
            self.assertEqual(["ok", ""], self.execute("del i"))
        end = self.head.run()["tick"]
        replica = self.session.replica(self.start)
        replica.run("limit=%d" % end)
        for process in (self.head, replica):
            self.assertEqual("(5, 20, -93)", self.ask(process, op="eval", expr="(total, len(items), items[-1])", activation="module:__main__")["value"])

    def test_statements_with_system_calls_are_replayed(self) -> None:
        self.to_line(self.head, 15)
        self.assertEqual("ok", self.execute("import decimal, subprocess; items.append(len(open(__file__).read()))", frame=0)[0])
        self.assertEqual("ok", self.execute("items.append(subprocess.check_output('echo x', shell=True))")[0])
        end = self.head.run()["tick"]
        replica = self.session.replica(self.start)
        self.assertEqual(end, replica.run("limit=%d" % end)["tick"])
        self.assertEqual("[100, %d, b'x\\n']" % len(PROGRAM), self.ask(replica, op="eval", expr="items[:3]", activation="module:__main__")["value"])

    def test_statements_need_a_frame(self) -> None:
        self.assertEqual(["error", "*** The program has no such frame here: it has ended, or not begun.\n"], self.execute("x = 1"))

    def test_return_values(self) -> None:
        self.to_line(self.head, 8)
        stop = self.head.run("depth=%d" % self.head.stop["depth"], "ret=1")
        self.assertEqual("return", stop["kind"])
        self.assertEqual("100\n", self.ask(self.head, op="command", line="retval", state="")["output"])

    def test_watches(self) -> None:
        self.to_line(self.head, 11)
        activation = self.ask(self.head, op="stop")["frames"][0]["activation"]
        end = self.head.run()["tick"]

        def watch(expression: str, scope: str) -> List[int]:
            replica = self.session.replica(self.start)
            replica.send("watch", text(expression), text(scope))
            self.assertEqual(["watching"], replica.words())
            return [value for _, value in replica.scan("limit=%d" % end, "mode=watch", "stride=1")[0]]

        self.assertEqual([2, 1, 0], watch("len(items) < 10", "module:__main__"))
        self.assertEqual([2, 1, 0, 2], watch("account.balance > 50", activation))
        self.assertEqual([2, 1], watch("result is not None", "module:__main__"))
        every_call = watch("n < 5", "function:pay")
        self.assertEqual({0, 1, 2}, set(every_call))
        self.assertEqual(2, every_call[0])
        self.assertEqual([2], watch("n < 5", "function:nowhere"))
        self.assertEqual([1], watch("written == 0", "output:1"))
        replica = self.session.replica(self.start)
        replica.send("watch", text("1 +"), text("module:__main__"))
        self.assertEqual("error", replica.words()[0])

    def test_observations(self) -> None:
        end = self.head.run()["tick"]

        def observe(mode: str, *prepare: str) -> List[List[str]]:
            replica = self.session.replica(self.start)
            replica.send(*prepare)
            if prepare[0] in ("look", "watch"):
                replica.words()
            replica.send("run", "limit=%d" % end, "mode=" + mode, "bp=1")
            seen = []
            while True:
                words = replica.words()
                if words[0] == "scanned":
                    return seen + [words]
                self.assertEqual("seen", words[0])
                seen.append(words[2:])

        calls = observe("calls", "bp-function", 1, "pay", "%")
        self.assertEqual({"call", "return", "scanned"}, {each[0] for each in calls} - {"end"})
        self.assertEqual([each[2] for each in calls if each[0] == "call"], [each[2] for each in calls if each[0] == "return"])
        changes = observe("changes", "watch", text("len(items)"), "module:__main__")
        self.assertEqual(["+20", "1"], changes[-2][-2:])
        self.assertEqual(["0", "%"], changes[-1][6:])

    def test_post_mortem_and_end(self) -> None:
        stop = self.head.run()
        self.assertEqual(("exception", "ZeroDivisionError: division by zero"), (stop["reason"], stop["detail"]))
        seen = self.ask(self.head, op="stop")
        self.assertEqual([("last", 27), ("<module>", 28)], [(frame["function"], frame["line"]) for frame in seen["frames"]])
        self.assertEqual({"type": "ZeroDivisionError", "message": "division by zero"}, seen["exception"])
        self.assertEqual("0\n", self.ask(self.head, op="command", line="p x", state="")["output"])
        self.assertEqual(("exit", "1"), (lambda end: (end["reason"], end["detail"].split()[0]))(self.head.run()))
        self.assertEqual([], self.ask(self.head, op="stop")["frames"])

    def test_variables_and_completion(self) -> None:
        self.to_line(self.head, 15)
        inspector = self.session.inspect(self.head)
        variables = {each["name"]: each for each in inspector.ask(op="variables", frame=0, scope="locals")["variables"]}
        self.assertEqual(["n", "account", "local", "i"], list(variables))
        account = inspector.ask(op="variables", ref=variables["account"]["ref"])["variables"]
        self.assertEqual([("balance", "100", "account.balance")], [(each["name"], each["value"], each["evaluateName"]) for each in account])
        self.assertEqual(["account.balance"], inspector.ask(op="complete", text="p account.ba", column=12, frame=0)["matches"])
        self.assertIn("items", inspector.ask(op="complete", text="ite", column=3, frame=0)["matches"])


class Exceptions(Recorded):
    program = ERRORS

    def arm(self, process: Any) -> None:
        process.send("bp-add", 8, "%", 8, "%")
        process.send("bp-add", 9, "%", 16, "%")

    def met(self) -> List[Any]:
        self.arm(self.head)
        seen: List[Any] = []
        while True:
            stop = self.head.run("bp=1")
            exception = self.ask(self.head, op="exception")["exception"]
            seen.append((stop["line"], exception["role"], exception["type"], exception["message"], exception["origin"]["line"]))
            if stop["reason"] != "breakpoint":
                return seen

    def test_each_is_met_where_it_is_raised_handled_or_ends_the_program(self) -> None:
        no_module = "No module named 'no_such_module'"
        zero = "integer modulo by zero" if sys.version_info >= (3, 11) else "integer division or modulo by zero"
        seen = self.met()
        self.assertEqual([
            (15, "handler", "ModuleNotFoundError", no_module, 14),
            (3, "raise", "ValueError", "bad 1", 3), (9, "handler", "ValueError", "bad 1", 3)], seen[:3])
        self.assertEqual((9, "handler", "ZeroDivisionError", 5), seen[3][:3] + seen[3][4:], zero)
        self.assertEqual(("end", "KeyError", "1", 18), seen[4][1:])
        self.assertEqual(5, len(seen))

    def test_replicas_meet_the_same(self) -> None:
        seen = self.met()
        end = self.head.run()["tick"]
        replica = self.session.replica(self.start)
        self.arm(replica)
        matches, _ = replica.scan("mode=all", "bp=1", "limit=%d" % end)
        self.assertEqual([9, 8, 9, 9], [number for _, number in matches])
        self.assertEqual(len(seen) - 1, len(matches))

    def test_names_say_what_it_is_derived_from(self) -> None:
        self.arm(self.head)
        self.head.run("bp=1")
        exception = self.ask(self.head, op="exception")["exception"]
        self.assertEqual(["ModuleNotFoundError", "builtins.ModuleNotFoundError", "ImportError"], exception["names"][:3])
        self.assertEqual("<module>", exception["frames"][-1]["function"])

    def test_nowhere_else_is_one_met(self) -> None:
        self.to_line(self.head, 16)
        self.assertIsNone(self.ask(self.head, op="exception")["exception"])

    def test_lines_of_files_loaded_and_not(self) -> None:
        self.assertEqual([1, 2, 3, 5, 6], self.ask(self.head, op="lines", file=self.path)["lines"][:5])
        self.assertEqual([], self.ask(self.head, op="lines", file="/no/such/file")["lines"])


if __name__ == "__main__":
    unittest.main()
