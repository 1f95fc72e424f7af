"""System calls of a head at full speed: libc's are patched, and nobody can tell but by the clock."""
import os
import struct
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import driver  # noqa: E402
import native  # noqa: E402
from cases import NativeCase  # noqa: E402

PIECE = 16384
EXECUTABLE_SEGMENT = (1, 1)


def executable_segment(file):
    """Offset and bytes of a library's text as it is in the file."""
    with open(file, "rb") as stream:
        data = stream.read()
    table, = struct.unpack_from("<Q", data, 32)
    count, = struct.unpack_from("<H", data, 56)
    for i in range(count):
        kind, flags, offset, _, _, size = struct.unpack_from("<IIQQQQ", data, table + 56 * i)
        if (kind, flags & 1) == EXECUTABLE_SEGMENT:
            return offset, data[offset : offset + size]
    raise AssertionError(file)


def instructions(file, function):
    """Distance from the function's beginning, and text, of each instruction."""
    listing = subprocess.run(["gdb", "-nx", "-batch", "-ex", "disassemble '%s'" % function, file], check=True, capture_output=True, text=True).stdout
    for line in listing.splitlines():
        if "<+" in line:
            place, _, text = line.partition(":\t")
            yield int(place[place.index("<+") + 2 : place.index(">")]), " ".join(text.split())


class Patches(NativeCase):
    def begin(self, *arguments):
        self.program_path = self.program("calls.c")
        head = self.start([self.program_path.path, *arguments], ("head=native",))
        self.first = self.session.checkpoint(head)
        return head

    def libc(self, process):
        """The file, and where its text is."""
        with open("/proc/%d/maps" % process.pid) as maps:
            for line in maps:
                words = line.split()
                if words[-1].endswith("/libc.so.6") and "x" in words[1]:
                    return words[-1], int(words[0].split("-")[0], 16)
        raise AssertionError("no libc")

    def function(self, process, name):
        file, start = self.libc(process)
        symbols = subprocess.run(["nm", "-D", file], check=True, capture_output=True, text=True).stdout
        offset = next(int(line.split()[0], 16) for line in symbols.splitlines() if line.split()[-1].split("@")[0] == name)
        return start - executable_segment(file)[0] + offset

    def stopped_in_main(self, *arguments):
        head = self.begin(*arguments)
        head.breakpoints(self.program_path["children"])
        self.assertEqual("breakpoint", head.run("bp=1")["reason"])
        return head

    def text_of(self, process, start, size):
        return b"".join(process.read(start + at, min(PIECE, size - at)) for at in range(0, size, PIECE))

    def raw_text_of(self, process, start, size):
        with open("/proc/%d/mem" % process.pid, "rb") as memory:
            memory.seek(start)
            return memory.read(size)

    def test_the_text_is_shown_as_it_is_in_the_file(self):
        head = self.stopped_in_main()
        file, start = self.libc(head)
        pristine = executable_segment(file)[1]
        checkpoint = self.session.checkpoint(head)
        for process in (head, self.session.replica(self.first), self.session.replica(checkpoint), self.session.diversion(head)):
            self.assertEqual(pristine, self.text_of(process, start, len(pristine)), process.role)
        raw = self.raw_text_of(head, start, len(pristine))
        self.assertGreater(sum(raw[i] != pristine[i] and raw[i] == 0xE9 for i in range(len(raw))), 300)

    def test_runs_are_linked_and_replayed(self):
        head = self.begin("20000")
        checkpoints, end = self.session.run_with_checkpoints(head, 0.01)
        self.assertEqual(("exit", "0"), (end["reason"], end["detail"]))
        printed = self.output()
        for known, unknown in zip([self.first, *checkpoints], [*checkpoints, head]):
            tick = self.session.locate(known, unknown)
            unknown.ask_for("ok", "tick", tick)
        replica = self.session.replica(self.first)
        replica.run()
        self.assertEqual(tick, replica.tick)
        self.assertEqual(head.word(self.program_path["seen"]), replica.word(self.program_path["seen"]))
        self.assertEqual((b"%d\n" % head.word(self.program_path["seen"]), printed), (printed, self.output()))

    def test_breakpoints_anywhere_at_a_patched_place_stop_there(self):
        head = self.stopped_in_main()
        file, _ = self.libc(head)
        for function in ("getppid", "read"):
            begin = self.function(head, function)
            places = list(instructions(file, function))
            call = next(i for i, (_, text) in enumerate(places) if text == "syscall")
            for distance, text in places[call - 1 : call + 2]:
                with self.subTest(function=function, at=text):
                    address = begin + distance
                    head = self.begin("3")
                    head.breakpoints(address)
                    for _ in range(3):
                        stop = head.run("bp=1")
                        self.assertEqual(("breakpoint", address), (stop["reason"], stop["pc"]))
                        tick = self.session.locate(self.first, head)
                    replica = self.session.replica(self.first)
                    replica.breakpoints(address)
                    self.assertEqual(tick, replica.scan("bp=1", "mode=all", "limit=%d" % tick)[0][2][0])
                    head.breakpoints()
                    self.assertEqual("exit", head.run()["reason"])

    def test_a_place_that_is_written_to_keeps_what_was_written(self):
        head = self.stopped_in_main()
        tick = self.session.locate(self.first, head)
        head.ask_for("ok", "tick", tick)
        getppid = self.function(head, "getppid")
        answer = bytes.fromhex("b839300000c3")  # mov eax, 12345; ret
        head.write(getppid, answer)
        self.assertEqual(answer, head.read(getppid, len(answer)))
        self.assertEqual(answer, self.raw_text_of(head, getppid, len(answer)))
        end = head.run()
        self.assertEqual(("exit", "0"), (end["reason"], end["detail"]))
        replica = self.session.replica(self.first)
        self.assertEqual("exit", replica.run()["reason"])
        self.assertEqual(head.word(self.program_path["seen"]), replica.word(self.program_path["seen"]))

    def test_the_head_of_a_branch_records_its_calls_too(self):
        head = self.stopped_in_main()
        tick = self.session.locate(self.first, head)
        head.ask_for("ok", "tick", tick)
        later = self.session.checkpoint(head)
        branch = self.session.replica(later)
        log = self.path("log2")
        branch.ask_for("promoted", "promote", driver.text(log), self.session.slot(), "/proc/%d/fd" % self.session.launcher.pid)
        self.assertEqual(("exit", "0"), tuple(map(branch.run().get, ("reason", "detail"))))
        self.assertEqual(b"%d\n" % branch.word(self.program_path["seen"]), self.output())
        replica = self.session.replica(later, log)
        self.assertEqual("exit", replica.run()["reason"])
        self.assertEqual(branch.word(self.program_path["seen"]), replica.word(self.program_path["seen"]))

    def test_a_program_paused_in_a_system_call_stands_before_or_behind_it(self):
        head = self.begin("100000000")
        file, start = self.libc(head)
        text = range(start, start + len(executable_segment(file)[1]))
        known = self.first
        for _ in range(10):
            head.send("run")
            self.session.pause(head)
            stop = head.stopped()
            self.assertTrue(stop["pc"] in text or stop["pc"] in range(native.Program.BASE, native.Program.BASE + 0x10000), stop)
            head.ask_for("ok", "tick", self.session.locate(known, head))
            known = self.session.checkpoint(head)


if __name__ == "__main__":
    unittest.main()
