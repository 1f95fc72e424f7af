"""Native programs with threads: unmodified pthread, C++ and OpenMP programs are recorded, and every replay is the same run.

Each program is recorded FRED_THREADS_TIMES times (once by default) with turns in order, and as often with turns by chance, and replayed from its beginning and from checkpoints all along: place, registers of every thread,
output and all writable memory must be those of the recorded program at its end."""
import os
import shutil
import struct
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import native  # noqa: E402
from cases import NativeCase  # noqa: E402

SOURCES = os.path.join(native.driver.HERE, "..", "debuggees", "native")
TIMES = int(os.environ.get("FRED_THREADS_TIMES", "1"))
CHECKPOINT_EVERY = 0.01
REPLAYED = 4
OPENMP = "threads_openmp.c"
#: Source, and what its output is for certain.
PROGRAMS = {
    "threads_lost.c": None, "threads_queue.c": None, "threads_philosophers.c": b"", "threads_server.c": b"27 requests", "threads_barrier.c": b"sum 12250, serial 50",
    "threads_pingpong.c": b"300 and 300", "threads_rwlock.c": b"1000 1000, 0 torn, 1500 looks", "threads_tls.c": b"22360, main's own 7, destroyed 10, begun 1", "threads_futures.cpp": b"0\n-412\nthrew two\n42\n2 finished",
    OPENMP: b"8.178368104 2000", "threads_ends.c": b"early returned 11, 20 grandchildren", "threads_signals.c": b"handled 2 times, cancelled 1, cleaned 1, waited for 1",
    "threads_shared.c": b"30 pings, counter 91, child 3",
    "threads_pipes.c": b"wrote 300000, sum 501646, child's status 5, polled 1",
}
DEADLOCKED, SHARED, SHARED_BYTES = "threads_philosophers.c", "threads_shared.c", 112


class ThreadsCase(NativeCase):
    def built_program(self, source, *flags):
        compiler = "g++" if source.endswith(".cpp") else "gcc"
        path = os.path.join(self.built.name, source.split(".")[0])
        if not os.path.exists(path):
            openmp = ("-fopenmp",) if source == OPENMP else ()
            subprocess.run([compiler, "-g", "-O1", "-w", *openmp, *flags, "-o", path, os.path.join(SOURCES, source), "-lpthread"], check=True)
        return path

    def symbols(self, path):
        listing = subprocess.run(["nm", path], check=True, capture_output=True, text=True).stdout
        return {words[2]: int(words[0], 16) + native.Program.BASE for words in map(str.split, listing.splitlines()) if len(words) == 3}

    def start_program(self, source, *options):
        # What the dynamic linker leaves below the stack when it resolves a name depends on the processor's state, which is not the program's.
        os.environ["LD_BIND_NOW"] = "1"
        self.addCleanup(os.environ.pop, "LD_BIND_NOW", None)
        return self.start([self.built_program(source)], options)

    def everything(self, process):
        """The program's state: of each thread the registers, and all memory it can write to."""
        threads = process.threads()
        registers = {number: [value for name, value in process.registers(number).items() if name != "eflags"] for number in threads}
        places = {number: {name: value for name, value in thread.items() if name != "tid"} for number, thread in threads.items()}
        return places, registers, memory_of(process.pid)


def memory_of(pid):
    """The areas the program can write to, without libfred's own."""
    areas, follows = {}, False
    with open("/proc/%d/maps" % pid) as maps, open("/proc/%d/mem" % pid, "rb", 0) as memory:
        for line in maps:
            words = line.split()
            start, end = (int(word, 16) for word in words[0].split("-"))
            follows = "libfred" in line or (follows and len(words) <= 5)  # its data without a file follow it
            if words[1] == "rw-p" and not follows and not 0x70000000 <= start < 0x80000000 and not 0x7e0000000000 <= start < 0x7f0000000000:
                memory.seek(start)
                areas[start] = memory.read(end - start)
    return areas


class WholePrograms(ThreadsCase):
    def assert_same_state(self, expected, actual, shares=False):
        """What the head shares with other processes is in its replicas one area with what lies beside it."""
        self.assertEqual(expected[:2], actual[:2])
        same = set(expected[2]) & set(actual[2])
        self.assertTrue(shares or len(same) == len(expected[2]) == len(actual[2]))
        for start in same:
            self.assertTrue(expected[2][start] == actual[2][start][:len(expected[2][start])], "memory at %#x differs" % start)

    def record_and_replay(self, source, *options):
        head = self.start_program(source, *options)
        start = self.session.checkpoint(head)
        checkpoints, end = self.session.run_with_checkpoints(head, CHECKPOINT_EVERY)
        self.assertEqual("deadlock" if source == DEADLOCKED else "exit", end["reason"], end)
        self.assertEqual(["the program shares"] if source == SHARED else [], [notice[:18] for notice in head.notices])
        output, state = self.output(), self.everything(head)
        if PROGRAMS[source] is not None:
            self.assertTrue(output.startswith(PROGRAMS[source]), output)
        every = max(1, len(checkpoints) // REPLAYED)
        for checkpoint in [start, *checkpoints[::every]]:
            replica = self.session.replica(checkpoint)
            stop = replica.run("limit=%d" % end["tick"])
            for name in ("tick", "cursor", "pc", "sp", "thread", "threads"):
                self.assertEqual(end[name], stop[name], (name, end, stop))
            self.assert_same_state(state, self.everything(replica), source == SHARED)
            if source == SHARED:
                place = head.word(self.symbols(self.built_program(source))["shared"])
                self.assertEqual(head.read(place, SHARED_BYTES), replica.read(place, SHARED_BYTES))
            replica.send("exit")
        self.assertEqual(output, self.output())


def add(source):
    @unittest.skipUnless(not source.endswith(".cpp") or shutil.which("g++"), "there is no g++")
    def test(self):
        for time in range(TIMES):
            for options in ((), ("schedule=random:%d" % (time + 1),)):
                with self.subTest(time=time, options=options):
                    self.record_and_replay(source, *options)

    setattr(WholePrograms, "test_" + source.split(".")[0], test)


for program in PROGRAMS:
    add(program)


class Requests(ThreadsCase):
    def test_a_race_is_lost_in_the_recording_and_in_its_replays_alike(self):
        head = self.start_program("threads_lost.c")
        start = self.session.checkpoint(head)
        end = head.run()
        self.assertEqual("0", end["detail"], "no update was lost")
        counter = self.symbols(self.built_program("threads_lost.c"))["counter"]
        replica = self.session.replica(start)
        replica.run("limit=%d" % end["tick"])
        self.assertEqual(head.word(counter), replica.word(counter))

    def test_a_head_at_full_speed_goes_over_to_translation_at_the_first_thread(self):
        head = self.start_program("threads_queue.c", "head=native")
        start = self.session.checkpoint(head)
        _, end = self.session.run_with_checkpoints(head, CHECKPOINT_EVERY, origin=start)
        self.assertEqual(("exit", 1, 6), (end["reason"], end["exact"], end["threads"]))
        self.assertIn("starts a thread", head.notices[0])
        replica = self.session.replica(start)
        stop = replica.run("limit=%d" % end["tick"])
        for name in ("tick", "cursor", "pc", "sp", "thread", "threads"):
            self.assertEqual(end[name], stop[name])

    def test_every_moment_is_the_same_in_every_replica_whichever_way_it_came_there(self):
        head = self.start_program("threads_pingpong.c")
        start = self.session.checkpoint(head)
        end = head.run()
        walker = self.session.replica(start)
        for tick in range(1, end["tick"], end["tick"] // 40):
            walked = walker.run("limit=%d" % tick)
            jumper = self.session.replica(start)
            jumped = jumper.run("limit=%d" % tick)
            for name in ("tick", "cursor", "pc", "sp", "thread", "threads"):
                self.assertEqual(walked[name], jumped[name])
            self.assertEqual(self.everything(walker)[:2], self.everything(jumper)[:2])
            jumper.send("exit")

    def test_every_number_is_a_moment(self):
        head = self.start_program("threads_pingpong.c")
        start = self.session.checkpoint(head)
        middle = head.run()["tick"] // 2
        walker, seen = self.session.replica(start), set()
        for tick in range(middle, middle + 2000):
            stop = walker.run("limit=%d" % tick)
            self.assertEqual(tick, stop["tick"], stop)
            seen.add(stop["thread"])
        self.assertGreater(len(seen), 1, "no change of threads was met")

    def test_a_deadlock_stops_with_every_thread_at_its_lock(self):
        head = self.start_program(DEADLOCKED)
        stop = head.run()
        self.assertEqual("deadlock", stop["reason"])
        threads = head.threads()
        self.assertEqual({1, 2, 3, 4, 5, 6}, set(threads))
        waiting = [thread["call"] for thread in threads.values() if thread["number"] != stop["thread"]]
        self.assertEqual({202}, set(waiting), "all but the one that found it stand in futex")
        self.assertEqual(1, threads[2]["parent"])
        self.assertEqual(6, len({head.registers(number)["fs_base"] for number in threads}))
        self.assertEqual("deadlock", head.run()["reason"])

    def test_a_breakpoint_stops_whichever_thread_comes_to_it(self):
        head = self.start_program("threads_barrier.c")
        start = self.session.checkpoint(head)
        place = self.symbols(self.built_program("threads_barrier.c"))["run"]
        head.breakpoints(place)
        stops = []
        while True:
            stop = head.run("bp=1")
            if stop["reason"] != "breakpoint":
                break
            stops.append((stop["tick"], stop["thread"]))
        self.assertEqual([2, 3, 4, 5], sorted(thread for _, thread in stops))
        replica = self.session.replica(start)
        replica.breakpoints(place)
        for expected in stops:
            stop = replica.run("bp=1")
            self.assertEqual(expected, (stop["tick"], stop["thread"]))

    def test_an_instruction_of_a_thread_is_stepped_in_that_thread(self):
        head = self.start_program("threads_queue.c")
        head.breakpoints(self.symbols(self.built_program("threads_queue.c"))["consume"])
        stop = head.run("bp=1")
        for _ in range(3000):
            after = head.run("steps=1", "thread=%d" % stop["thread"])
            self.assertEqual(("limit", stop["thread"]), (after["reason"], after["thread"]))
            self.assertGreater(after["tick"], stop["tick"])

    def test_lines_are_those_of_the_thread_asked_for(self):
        head = self.start_program("threads_barrier.c")
        start = self.session.checkpoint(head)
        end = head.run()
        path = self.built_program("threads_barrier.c")
        lines = native.Program.lines(type("Built", (), {"path": path, "base": native.Program.BASE}))
        everyone, _ = self.session.line_events(self.session.replica(start), lines, "limit=%d" % end["tick"])
        owners = self.session.event_threads
        self.assertEqual({1, 2, 3, 4, 5}, set(owners))
        for thread in (1, 4):
            only, _ = self.session.line_events(self.session.replica(start), lines, "limit=%d" % end["tick"], "thread=%d" % thread)
            self.assertEqual([event[:3] for event, owner in zip(everyone, owners) if owner == thread], [event[:3] for event in only])

    def test_a_replica_becomes_a_head_whose_threads_go_on(self):
        for source in ("threads_queue.c", "threads_pingpong.c", "threads_tls.c"):
            with self.subTest(source=source):
                head = self.start_program(source)
                start = self.session.checkpoint(head)
                end = head.run()
                replica = self.session.replica(start)
                replica.run("limit=%d" % (end["tick"] * 2 // 3))
                log = os.path.join(self.session.directory, "log2")
                replica.ask_for("promoted", "promote", native.driver.text(log), self.session.slot(), "/proc/%d/fd" % self.session.launcher.pid)
                stop = replica.run()
                self.assertEqual(("exit", end["threads"]), (stop["reason"], stop["threads"]))

    def test_a_future_of_threads_at_locks_that_processes_share(self):
        head = self.start_program(SHARED)
        start = self.session.checkpoint(head)
        end = head.run()["tick"]
        for tick in range(end // 5, end, end // 5):
            replica = self.session.replica(start)
            replica.run("limit=%d" % tick)
            log = os.path.join(self.session.directory, "log-%d" % tick)
            replica.ask_for("promoted", "promote", native.driver.text(log), self.session.slot(), "/proc/%d/fd" % self.session.launcher.pid)
            self.assertEqual("exit", replica.run()["reason"])

    def test_another_process_wakes_a_thread_by_a_semaphore(self):
        head = self.start([self.built_program(SHARED), "child"])
        self.assertEqual("exit", head.run()["reason"])
        self.assertEqual(b"60 pings, counter 91, child 3\n", self.output())

    def test_a_function_called_in_another_thread_sees_that_threads_variables(self):
        head = self.start_program("threads_tls.c")
        head.breakpoints(self.symbols(self.built_program("threads_tls.c"))["destroy"])
        stop = head.run("bp=1")
        other = next(number for number in head.threads() if number != stop["thread"])
        copy = self.session.diversion(head)
        copy.ask_for("ok", "thread", other)
        self.assertEqual(head.registers(other)["fs_base"], copy.registers()["fs_base"])
        self.assertEqual(head.registers(other)["rip"], copy.registers()["rip"])
        self.assertNotEqual(head.registers()["fs_base"], copy.registers()["fs_base"])

    def start_text(self, name, text):
        path = os.path.join(self.built.name, name)
        with open(path + ".c", "w") as file:
            file.write("#include <pthread.h>\n#include <unistd.h>\nstatic void *f(void *x) { pause(); return x; }\n" + text)
        subprocess.run(["gcc", "-g", "-w", "-o", path, path + ".c"], check=True)
        return self.start([path])

    def test_more_threads_than_can_be_replayed_are_not_made_which_is_said(self):
        head = self.start_text("crowd", "int main(void) { pthread_t t; int n = 0; while (n < 300 && pthread_create(&t, 0, f, 0) == 0) { n++; } _exit(n); }\n")
        start = self.session.checkpoint(head)
        end = head.run()
        self.assertEqual(("exit", "249"), (end["reason"], end["detail"]))
        self.assertIn("more than 250 threads", head.notices[0])
        self.assertEqual(end["pc"], self.session.replica(start).run("limit=%d" % end["tick"])["pc"])

    def test_a_pause_while_all_threads_wait_stands_before_a_call(self):
        head = self.start_text("idle", "int main(void) { pthread_t t; pthread_create(&t, 0, f, 0); write(1, \"x\", 1); pthread_join(t, 0); return 0; }\n")
        head.send("run")
        while self.output() != b"x":
            pass
        stop = None
        while stop is None or head.read(stop["pc"], 2) != b"\x0f\x05":  # on its way there it stands anywhere
            if stop is not None:
                head.send("run")
            while not self.session.words[8 + 8 * head.slot + 4]:
                pass
            self.session.pause(head)
            stop = head.stopped()
            self.assertEqual(("pause", 2), (stop["reason"], stop["threads"]))


if __name__ == "__main__":
    unittest.main()
