"""The program's vector registers stay where they are while libfred works: nothing of it may use them.

run: FRED_NATIVE=DIR python -m unittest discover -s tests/native
"""
import os
import re
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from cases import NATIVE, NativeCase  # noqa: E402

VECTOR = re.compile(r"%[xyz]?mm\d|%st\b|%k\d")
# What libfred calls in libc: functions that only look something up.
ALLOWED = {"dl_iterate_phdr", "environ", "__environ", "__errno_location", "getauxval", "getenv", "__libc_current_sigrtmin", "__rseq_offset", "__rseq_size", "sigabbrev_np", "sysconf"}
BEFORE_THE_PROGRAM = {"dlinfo", "dlmopen", "dlsym", "setenv"}  # by program/foreign.c, which loads DMTCP
STARTING = {"__cxa_finalize", "__gmon_start__", "_ITM_deregisterTMCloneTable", "_ITM_registerTMCloneTable"}
FEATURES = ("avx2", "avx512f")


class Vectors(NativeCase):
    library = os.path.join(NATIVE, "libfred-native.so")

    def output_of(self, *command):
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout

    def test_no_instruction_of_libfred_uses_them(self):
        """But those of program/floating.c, which gives them back: as many are in its object, where each function is compiled once."""
        counted = {}
        for name in ("obj/program/floating.o", "libfred-native.so"):
            listing = self.output_of("objdump", "-d", "--no-show-raw-insn", os.path.join(NATIVE, name)).splitlines()
            counted[name] = len([line for line in listing if VECTOR.search(line)])
        self.assertEqual(*counted.values())

    def test_libfred_calls_nothing_that_may_use_them(self):
        called = {line.split()[-1].split("@")[0] for line in self.output_of("nm", "-D", "--undefined-only", self.library).splitlines()}
        self.assertEqual(set(), called - ALLOWED - BEFORE_THE_PROGRAM - STARTING)

    def test_they_are_the_same_after_system_calls_signals_and_forks(self):
        with open("/proc/cpuinfo") as file:
            if not set(FEATURES) & set(file.read().split()):
                self.skipTest("the processor has no AVX2")
        program = self.program("vectors.c")
        for options in (("head=native",), ()):
            with self.subTest(options=options):
                head = self.start(program, options)
                first = self.session.checkpoint(head)
                self.assertEqual("exit", head.run()["reason"])
                self.assertEqual(b"200 faults, 200 signals, 0 changed\n", self.output())
                tick = self.session.locate(first, head) if options else head.tick
                replica = self.session.replica(first)
                replica.run("limit=%d" % tick)
                self.assertEqual(head.general()[1], replica.general()[1])


if __name__ == "__main__":
    unittest.main()
