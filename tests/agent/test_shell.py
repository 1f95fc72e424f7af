"""pdb's commands at a stop: what they print, what they ask the session to do, and what is remembered."""

import json
import os
import sys
import tempfile
import unittest
from typing import Any, Callable, Dict, List

import support
from fred_agent.cache import CodeCache
from fred_agent.frames import match, program_frames
from fred_agent.imports import UserCode
from fred_agent.native import Activation
from fred_agent.probes import LINE
from fred_agent.shell import Shell
from fred_agent.threads import Threads, ThreadView

PROGRAM = '''\
"""The program."""
import os

class Box:
    """A box."""
    def put(self, item):
        self.item = item
        return item

def inner(a, b=2):
    total = (a +
             b)

    # a comment
    if total:
        total += 1
    else:
        total = 0
    return total

def outer(n):
    values = [n, n + 1]
    return inner(n)

outer(5)
'''


def at_line(line: int, act: Callable[[List[Any]], None]) -> support.FakeClock:
    """Runs the program, and `act` with its stack when it first reaches a line."""
    clock = support.FakeClock()
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "prog.py")
        with open(path, "w", encoding="utf-8") as file:
            file.write(PROGRAM)
        done: List[int] = []

        def on_tick(spec: Any) -> None:
            if spec.line == line and spec.kinds & LINE and not done:
                done.append(1)
                frames = program_frames(sys._getframe(3))
                frames = [each for each in frames if each.f_code.co_filename == path]
                specs = clock.specs[path]
                entries = {each.function: each for each in specs if each.enters}
                clock.shadow = [Activation(10 + depth, 100 + depth, path, entries[frame.f_code.co_name]) for depth, frame in enumerate(reversed(frames))]
                act(match([(frame, frame.f_lineno) for frame in frames], clock.shadow, clock.specs))

        clock.on_tick = on_tick
        exec(UserCode(clock, CodeCache(None)).load(path), {"__name__": "program", "__file__": path})
        assert done, "line %d was not reached" % line
    return clock


class ShellCase(unittest.TestCase):
    def talk(self, *lines: str, line: int = 16, **where: Any) -> List[Dict[str, Any]]:
        """Gives lines to a shell in `inner`; each in a new shell, as after a move, if it is preceded by "-- "."""
        replies: List[Dict[str, Any]] = []

        def act(stack: List[Any]) -> None:
            facts = {"tick": 7, "depth": 12, "kind": "line", "line": line, **where}
            self.path = stack[0].file
            clock = support.FakeClock()
            clock.specs = {self.path: support.instrument(PROGRAM, self.path).specs}
            shell, state = Shell(clock, stack, facts, None), ""
            for text in lines:
                if text.startswith("-- "):
                    shell, text = Shell(clock, stack, facts, None), text[3:]
                reply = shell.display(state) if text == "display!" else shell.command(text, state)
                state = reply["state"]
                replies.append(reply)

        at_line(line, act)
        return replies

    def outputs(self, *lines: str, **more: Any) -> List[str]:
        return [reply["output"].replace(self.path, "prog.py").replace(os.path.dirname(self.path) + "/", "") for reply in self.talk(*lines, **more)]


class Looking(ShellCase):
    def test_values_and_stack(self) -> None:
        self.assertEqual(["7\n", "(5, 2)\n", "<class 'int'>\n", "a = 5\nb = 2\n", "8\n"],
                         self.outputs("p total", "p a, b", "whatis total", "args", "total + 1"))
        where = self.outputs("where")[0]
        self.assertIn("> prog.py(16)inner()", where)
        self.assertIn("prog.py(23)outer()", where)
        self.assertNotIn("fred_agent", where)

    def test_up_down_and_source(self) -> None:
        replies = self.talk("up", "p values", "-- p values", "down", "p values")
        self.assertEqual([1, 1, 1, 0, 0], [reply["frame"] for reply in replies])
        self.assertEqual("[5, 6]\n", replies[2]["output"])
        self.assertIn("NameError", replies[4]["output"])
        self.assertIn("16  ->", self.outputs("list")[0])
        self.assertIn("def inner(a, b=2):", self.outputs("ll")[0])
        self.assertIn("def outer", self.outputs("up", "source outer")[1])

    def test_errors_look_like_pdbs(self) -> None:
        self.assertEqual(["*** NameError: name 'nothing' is not defined\n"] * 2, self.outputs("p nothing", "nothing"))
        self.assertIn("SyntaxError", self.outputs("1 +")[0])

    def test_help(self) -> None:
        self.assertIn("b(reak)", self.outputs("help break")[0])

    def test_alias_survives_the_inspector(self) -> None:
        self.assertEqual(["", "[5, 6]\n"], [self.outputs("alias v p values", "-- v", line=23)[each] for each in (0, 1)])

    def test_several_commands_on_a_line(self) -> None:
        self.assertEqual(["7\n5\n"], self.outputs("p total;;p a"))

    def test_impossible_commands_say_why(self) -> None:
        for command in ("jump 3", "interact", "debug inner(1)"):
            self.assertIn("is not possible under fred", self.outputs(command)[0])


class OtherThreads(ShellCase):
    def talk(self, *lines: str, line: int = 16, **where: Any) -> List[Dict[str, Any]]:
        replies: List[Dict[str, Any]] = []

        def act(stack: List[Any]) -> None:
            self.path = stack[0].file
            clock = support.FakeClock()
            clock.specs = {self.path: support.instrument(PROGRAM, self.path).specs}
            threads = Threads(clock, stack)
            threads.current = 2
            threads.views = [ThreadView(1, "MainThread", False, False, stack[1:]), ThreadView(2, "worker", True, False, stack), ThreadView(5, "begins", False, True, [])]
            shell, state = Shell(clock, stack, {"tick": 7, "depth": 12, "kind": "line", "line": line}, None, threads), ""
            for text in lines:
                replies.append(shell.command(text, state))
                state = replies[-1]["state"]

        at_line(line, act)
        return replies

    def test_apply_looks_at_all_of_them_or_some(self) -> None:
        self.assertEqual(["\nThread 1 (MainThread):\n[5, 6]\n\nThread 2 (worker):\n*** NameError: name 'values' is not defined\n\nThread 5 (begins):\n"], self.outputs("thread apply all p values"))
        where, = self.outputs("thread apply 2 1 where")
        self.assertLess(where.index("> prog.py(16)inner()"), where.index("> prog.py(23)outer()"))

    def test_apply_leaves_the_selection(self) -> None:
        replies = self.talk("thread 1", "up", "thread apply all p 1", "p values", "thread")
        self.assertEqual([(1, 0), (1, 1), (1, 1), (1, 1), (1, 1)], [(reply["thread"], reply["frame"]) for reply in replies])
        self.assertIn("[thread 1, MainThread]", replies[-1]["output"])

    def test_apply_says_what_is_wrong(self) -> None:
        for line, told in (("thread apply", "give `all` or numbers"), ("thread apply all", "give `all` or numbers"), ("thread apply x p 1", "give `all` or numbers"), ("thread apply all next", "only look"),
                           ("thread apply all x = 1", "only look"), ("thread apply 1 9 where", "no thread 9"), ("thread 9", "no thread 9")):
            with self.subTest(line):
                reply, = self.talk(line)
                self.assertIn(told, reply["output"])
                self.assertIsNone(reply["action"])


class Moving(ShellCase):
    def action(self, *lines: str, **more: Any) -> Any:
        return self.talk(*lines, **more)[-1]["action"]

    def test_filters(self) -> None:
        self.assertEqual({"kind": "run", "depth": 2147483647, "line": 0, "ret": False, "thread": 1}, self.action("step"))
        self.assertEqual({"kind": "run", "depth": 12, "line": 0, "ret": False, "thread": 1}, self.action("next"))
        self.assertEqual({"kind": "run", "depth": 12, "line": 0, "ret": True, "thread": 1}, self.action("return"))
        self.assertEqual({"kind": "run", "depth": 12, "line": 17, "ret": False, "thread": 1}, self.action("until"))
        self.assertEqual({"kind": "run", "depth": 12, "line": 19, "ret": False, "thread": 1}, self.action("until 19"))
        self.assertEqual({"kind": "run", "depth": 11, "line": 0, "ret": False, "thread": 1}, self.action("up", "next"))

    def test_the_rest(self) -> None:
        self.assertEqual([{"kind": "continue"}, {"kind": "quit"}, {"kind": "restart"}], [self.action("c"), self.action("q"), self.action("run")])
        self.assertIsNone(self.action("until 3"))

    def test_nothing_after_a_move(self) -> None:
        reply = self.talk("n;;p 1/0")[0]
        self.assertEqual(("", "run"), (reply["output"], reply["action"]["kind"]))

    def test_changing_statements(self) -> None:
        self.assertEqual({"kind": "mutate", "source": "total = 3", "frame": 0, "thread": 0}, self.action("total = 3"))
        self.assertEqual({"kind": "mutate", "source": "n = 3", "frame": 1, "thread": 0}, self.action("up", "!n = 3"))
        self.assertEqual({"kind": "mutate", "source": "for i in [1]:\n    print(i)\n", "frame": 0, "thread": 0}, self.action("for i in [1]:", "-- " + "    print(i)", ""))

    def test_prompt_of_unfinished_lines(self) -> None:
        self.assertEqual(["...   ", None], [reply["prompt"] for reply in self.talk("(1 +", "2)")])

    def test_before_the_first_statement(self) -> None:
        shell = Shell(support.FakeClock(), [], {"tick": 0}, None)
        self.assertEqual({"kind": "run", "depth": 2147483647, "line": 0, "ret": False, "thread": 1}, shell.command("n", "")["action"])
        self.assertIn("no frame", shell.command("p 1", "")["output"])


class Breakpoints(ShellCase):
    def row(self, command: str) -> Dict[str, Any]:
        reply = self.talk(command)[0]
        self.assertTrue(reply["breakpoints"], reply["output"])
        return reply["breakpoints"][-1]

    def test_lines_move_to_statements(self) -> None:
        self.assertEqual([16, 11, 18, 7], [self.row("b %d" % line)["line"] for line in (16, 12, 17, 7)])
        self.assertEqual(["*** Blank or comment\n", "*** Blank or comment\n", "End of file\n"], self.outputs("b 13", "b 14", "b 999"))

    def test_functions_stop_at_their_first_statement(self) -> None:
        self.assertEqual([11, 22, 7], [self.row("b " + name)["line"] for name in ("inner", "outer", "Box.put")])
        self.assertEqual("inner", self.row("b inner")["function"])

    def test_table_travels(self) -> None:
        replies = self.talk("b 16, total > 3", "-- tbreak 19", "-- disable 1", "-- ignore 2 3", "-- condition 1", "-- b", "-- clear 1", "-- b 22", "-- cl")
        rows = replies[4]["breakpoints"]
        self.assertEqual([(1, 16, False, False, None, 0), (2, 19, True, True, None, 3)],
                         [(row["number"], row["line"], row["temporary"], row["enabled"], row["condition"], row["ignore"]) for row in rows])
        self.assertIn("breakpoint   keep no", replies[5]["output"])
        self.assertEqual([2], [row["number"] for row in replies[6]["breakpoints"]])
        self.assertEqual([2, 3], [row["number"] for row in replies[7]["breakpoints"]])
        self.assertEqual([], replies[8]["breakpoints"])
        self.assertIsNone(replies[5]["breakpoints"])

    def test_the_sessions_table_wins(self) -> None:
        state = json.loads(self.talk("b 16")[0]["state"])
        state["breakpoints"][0]["hits"] = 4
        shell = Shell(support.FakeClock(), [], {"tick": 1}, None)
        self.assertIn("breakpoint already hit 4 times", shell.command("b", json.dumps(state))["output"])

    def test_commands_of_a_breakpoint_run_at_its_stop(self) -> None:
        replies = self.talk("b 16", "commands", "p total", "-- up", "end", "-- display!", reason="breakpoint")
        self.assertEqual([None, "(com) ", "(com) ", "(com) ", None], [reply["prompt"] for reply in replies[:5]])
        self.assertIn("7\n", replies[5]["output"])
        replies = self.talk("b 16", "commands 1", "continue", "display!", reason="breakpoint")
        self.assertEqual({"kind": "continue"}, replies[3]["action"])


class Displays(ShellCase):
    def test_a_stop_without_displays_need_not_be_asked_about(self) -> None:
        replies = self.talk("up", "-- display total", "-- undisplay total")
        self.assertEqual([True, False, True], [reply["quiet"] is not None for reply in replies])
        self.assertEqual(1, replies[0]["frame"])
        selected: List[int] = []
        at_line(16, lambda stack: selected.append(Shell(support.FakeClock(), stack, {"tick": 1}, None).command("p 1", replies[0]["quiet"])["frame"]))
        self.assertEqual([0], selected, "a selected frame is that of its stop only")

    def test_changes_are_shown_at_stops(self) -> None:
        replies = self.talk("display total", "-- display!", "undisplay total", "undisplay total")
        self.assertEqual(["display total: 7\n", ""], [replies[0]["output"], replies[1]["output"]])
        state = json.loads(replies[1]["state"])
        state["displays"][0]["value"] = "1"

        def act(stack: List[Any]) -> None:
            state["displays"][0]["scope"] = "%s:%d:%s" % (stack[0].file, 10, "inner")
            shell = Shell(support.FakeClock(), stack, {"tick": 9, "depth": 12}, None)
            self.shown = shell.display(json.dumps(state))["output"]

        at_line(16, act)
        self.assertEqual("display total: 7  [old: 1]\n", self.shown)


if __name__ == "__main__":
    unittest.main()
