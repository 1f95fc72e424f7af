"""System calls that are made often come by a jump in libc instead of a signal: nobody notices, neither the program nor its children nor a replay."""
import os
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from test_threads import ThreadsCase  # noqa: E402

OFTEN = 150  # times a call is made for the jump to be there

# What the kernel leaves alone: registers that no compiler saves over it, and what is below the stack pointer.
KEEPS = r"""
#include <string.h>
int keeps(void *call, int wide)
{
    unsigned char seen[32], wanted[32];
    long below, kept, number;
    for (int i = 0; i < 32; i++) wanted[i] = i * 7 + 1;
    memset(seen, 0, sizeof seen);
    if (wide) __asm__ volatile("vmovdqu %0, %%ymm0" : : "m"(wanted));
    else __asm__ volatile("movdqu %0, %%xmm0" : : "m"(wanted));
    __asm__ volatile("movq $77, -120(%%rsp)\n\tmov $5, %%edx\n\tmov $6, %%esi\n\tmov $7, %%edi\n\tmov $8, %%r8d\n\tmov $9, %%r9d\n\tmov $10, %%r10d\n\t"
        "call *%3\n\tmov -120(%%rsp), %1\n\tadd %%rdx, %%rsi\n\tadd %%rsi, %%rdi\n\tadd %%rdi, %%r8\n\tadd %%r8, %%r9\n\tlea (%%r9,%%r10), %2\n\t"
        : "=a"(number), "=&b"(below), "=&r"(kept) : "r"(call) : "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11", "memory");
    if (wide) __asm__ volatile("vmovdqu %%ymm0, %0" : "=m"(seen));
    else __asm__ volatile("movdqu %%xmm0, %0" : "=m"(seen));
    return number > 0 && below == 77 && kept == 45 && memcmp(seen, wanted, wide ? 32 : 16) == 0;
}
"""

CALLS = """\
    import ctypes
    import os
    place = ctypes.cast(ctypes.CDLL("libc.so.6").getppid, ctypes.c_void_p).value
    before = ctypes.string_at(place, 16)
    parents = {os.getppid() for _ in range(%d)}
    after = ctypes.string_at(place, 16)
    """ % OFTEN


class Patched(ThreadsCase):
    def assert_repeats(self, program):
        head = self.start(program)
        start = self.session.checkpoint(head)
        end = head.run()
        self.assertEqual("exit", end["reason"])
        for source in (start, None):
            replica = self.session.replica(start) if source else self.session.spawn("replay", "null")
            replica.run("limit=%d" % end["tick"])
            self.assertEqual((end["tick"], self.session.event_hash(head)), (replica.tick, self.session.event_hash(replica)))
        return head

    def test_the_same_answer_comes_by_a_jump(self):
        head = self.assert_repeats(CALLS)
        self.assertEqual("1", self.value(head, "len(parents)"))
        self.assertEqual("(False, True)", self.value(head, "(before[:1] == b'\\xe9', b'\\xe9' in after)"))

    def test_a_thread_ends_by_a_jump(self):
        head = self.assert_repeats("""\
            import ctypes
            import threading
            with open("/proc/self/maps") as maps:
                span = next(line.split()[0] for line in maps if " r-xp " in line and "/libc" in line)
            begin, end = (int(word, 16) for word in span.split("-"))
            def ends():
                return ctypes.string_at(begin, end - begin).count(bytes.fromhex("31ff89d00f05ebf8"))
            before = ends()
            for _ in range(%d):
                thread = threading.Thread(target=int)
                thread.start()
                thread.join()
            after = ends()
            """ % OFTEN)
        if self.value(head, "before") == "0":
            self.skipTest("this libc ends its threads in another way")
        self.assertEqual("1", self.value(head, "before - after"))

    def test_registers_and_what_is_below_the_stack_stay(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        library = os.path.join(scratch.name, "keeps.so")
        subprocess.run(["cc", "-O1", "-mno-red-zone", "-shared", "-fPIC", "-xc", "-o", library, "-"], input=KEEPS.encode(), check=True)
        with open("/proc/cpuinfo") as processors:
            widths = [0, 1] if " avx " in processors.read() else [0]
        head = self.assert_repeats(CALLS + "kept = [ctypes.CDLL(%r).keeps(ctypes.c_void_p(place), wide) for wide in %r * 2]\n    " % (library, widths))
        self.assertEqual(repr([1] * 2 * len(widths)), self.value(head, "kept"))

    def test_children_make_their_calls_themselves(self):
        head = self.assert_repeats("""\
            import os
            import subprocess
            import threading
            def starts():
                return [subprocess.run(["true"], close_fds=False).returncode for _ in range(20)], os.waitstatus_to_exitcode(os.system("exit 3"))
            def forks():
                child = os.fork()
                if child == 0:
                    threads = [threading.Thread(target=os.getppid) for _ in range(%d)]
                    for thread in threads:
                        thread.start()
                        thread.join()
                    os._exit(os.getppid() == parent)
                return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
            parent = os.getpid()
            for _ in range(%d):
                thread = threading.Thread(target=os.getppid)
                thread.start()
                thread.join()
                os.close(os.dup(0))
            done = starts(), forks()
            """ % (OFTEN, OFTEN))
        self.assertEqual("(([%s], 3), 1)" % ", ".join("0" * 20), self.value(head, "done"))

    def test_a_blocked_signal_waits(self):
        head = self.assert_repeats("""\
            import os
            import signal
            came = []
            signal.signal(signal.SIGUSR1, lambda *_: came.append(len(seen)))
            seen = []
            for n in range(%d):
                signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR1})
                os.kill(os.getpid(), signal.SIGUSR1)
                os.getppid()
                seen.append(n)
                signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGUSR1})
            os.getppid()
            """ % OFTEN)
        self.assertEqual("True", self.value(head, "came == list(range(1, %d))" % (OFTEN + 1)))


if __name__ == "__main__":
    unittest.main()
