"""Probes that are single instructions of the interpreter: they count what the others count, and nobody sees them.

Each test runs in a process of its own: the interpreter's tables are changed for good.
"""

import os
import subprocess
import sys
import textwrap
import unittest

import support

NATIVE = support.libfred()
LOADING = '''
import ctypes, os, sys
sys.path[:0] = [%r, %r]
LIBRARY = os.path.join(%r, "libfred.so")
ctypes.PyDLL(LIBRARY)
import support
from fred_agent.native import Clock
from fred_agent.opcodes import Opcodes
from fred_agent.instrument import instrument
from fred_agent.probes import resolve

class Counting(Clock):
    shortened = refused = 0
    def shorten(self, *arguments):
        done = super().shorten(*arguments)
        Counting.shortened += done
        Counting.refused += not done
        return done

clock = Counting(LIBRARY)
opcodes = Opcodes(clock)
assert clock.calibrate()

def load(source, name):
    code, specs = instrument(source, name, opcodes.available)
    code = resolve(code, specs, clock.register(name, specs), opcodes.shorten)
    clock.registered(name)
    return code
'''


@unittest.skipUnless(NATIVE, "libfred cannot be built here")
@unittest.skipUnless(sys.version_info >= (3, 11), "before Python 3.11 the program would see the instructions")
class Opcodes(unittest.TestCase):
    def run_in(self, script: str) -> str:
        start = LOADING % (support.AGENT_DIR, os.path.dirname(os.path.abspath(__file__)), NATIVE)
        done = subprocess.run([sys.executable, "-c", start + textwrap.dedent(script)], capture_output=True, text=True, check=False)
        self.assertEqual(0, done.returncode, done.stderr[-3000:])
        return done.stdout

    def test_this_interpreter_can(self) -> None:
        """All but the first event of the module, which enters and is one tick."""
        self.assertEqual("True 7 1\n", self.run_in('''
            exec(load("def f(x):\\n    y = x\\n    return y + 1\\nfor i in range(3):\\n    f(i)", "<p>"), {})
            print(opcodes.available, Counting.shortened, Counting.refused)
        '''))

    def test_ticks_are_those_of_probes_with_three_instructions(self) -> None:
        """Every program of the trace oracle: more than a hundred kinds of statements."""
        self.run_in('''
            from test_trace_oracle import read_programs
            bad, count = [], 0
            for name, least, source in read_programs():
                if sys.version_info[:2] < least:
                    continue
                count += 1
                expected = len(support.probe_events(source, name))
                before = clock.tick()
                support.quiet_exec(load(source, name), name)
                if clock.tick() - before != expected:
                    bad.append((name, expected, clock.tick() - before))
            assert not bad, bad
            assert count > 50 and Counting.shortened > 5 * Counting.refused, (count, Counting.shortened, Counting.refused)
        ''')

    def test_many_constants(self) -> None:
        """A probe whose constant needs an extended operand, and one that is too far for its number to have room."""
        self.run_in('''
            source = "def f(n):\\n" + "".join("    x = %d + n\\n" % (1000 + i) for i in range(700)) + "    return x\\n"
            scope = {}
            exec(load(source, "<m>"), scope)
            before = clock.tick()
            assert scope["f"](1) == 1700
            assert clock.tick() - before == 700 + 3, clock.tick() - before
            assert Counting.refused == 1, "the module's own"
        ''')

    def test_the_shadow_stack_has_every_call(self) -> None:
        self.run_in('''
            scope = {"clock": clock}
            exec(load("def f(n):\\n    if n:\\n        return f(n - 1)\\n    x = clock.activations()\\n    return x\\nr = f(3)", "<s>"), scope)
            calls = scope["r"]
            assert [c.spec.function for c in calls] == ["<module>", "f", "f", "f", "f"], calls
            assert [b.depth - a.depth for a, b in zip(calls, calls[1:])] == [1, 1, 1, 1], calls
            entries = [c.entry for c in calls]
            assert entries == sorted(entries) and len(set(entries)) == 5, entries
        ''')

    def test_nobody_sees_them(self) -> None:
        self.run_in('''
            import dis, marshal
            source = "def f(x):\\n    y = x\\n    while y < 10:\\n        y += 1\\n    return y\\n"
            scope, plain = {}, {}
            exec(load(source, "<n>"), scope)
            f = scope["f"]
            f(1)
            known = set(dis.opmap.values())
            assert all(each in known for each in f.__code__.co_code[::2])
            names = [each.opname for each in dis.get_instructions(f)]
            assert "UNARY_NEGATIVE" in names and not any(each.startswith("<") for each in names), names
            again = type(f)(f.__code__.replace(co_name="g"), {})
            before = clock.tick()
            assert again(1) == f(1) == 10
            assert (clock.tick() - before) % 2 == 0, "the copy ticks, too"
        ''')

    def test_the_program_may_trace(self) -> None:
        """Also on again and off again in the middle of a function, where the interpreter has changed to its slow ways."""
        self.run_in('''
            source = """
            def f(n):
                total = 0
                for i in range(n):
                    if i == on:
                        sys.settrace(trace)
                        sys._getframe().f_trace = trace
                    total += i
                    if i == off:
                        sys.settrace(None)
                while total > 0:
                    total -= 100
                return total
            """
            import textwrap
            source = textwrap.dedent(source)
            def run(code, on, off):
                seen = []
                def trace(frame, kind, argument):
                    if frame.f_code.co_name == "f":
                        seen.append((kind, frame.f_lineno))
                    return trace
                scope = {"sys": sys, "trace": trace, "on": on, "off": off}
                exec(code, scope)
                result = scope["f"](30)
                sys.settrace(None)
                return result, seen, scope["f"]
            for on, off in ((-1, -1), (3, 20), (0, 99)):
                plain, fred = run(compile(source, "<t>", "exec"), on, off), run(load(source, "<t>"), on, off)
                assert plain[0] == fred[0], (plain, fred)
                lines = lambda seen: [each for i, each in enumerate(seen) if each != seen[i - 1] or not i]
                assert set(lines(plain[1])) == set(lines(fred[1])), (on, off, plain[1], fred[1])
                before = clock.tick()
                fred[2](30)
                assert clock.tick() - before > 90
        ''')

    def test_flags_are_followed(self) -> None:
        """A probe with a flag takes the slow way, where the trace is written; also one that is instrumented at the time."""
        self.run_in('''
            scope = {}
            exec(load("def f(n):\\n    x = n\\n    x += 1\\n    return x + 1\\n", "<f>"), scope)
            buffer = (ctypes.c_longlong * 100)()
            library = ctypes.PyDLL(LIBRARY)
            library.fred_test_trace_count.restype = ctypes.c_longlong
            before = clock.tick()
            scope["f"](1)
            fast = clock.tick() - before
            library.fred_test_trace(buffer, 100)
            scope["f"](1)
            assert library.fred_test_trace_count() == fast == 5, (library.fred_test_trace_count(), fast)
            library.fred_test_trace(None, 0)
            before = clock.tick()
            scope["f"](1)
            assert clock.tick() - before == fast
        ''')


if __name__ == "__main__":
    unittest.main()
