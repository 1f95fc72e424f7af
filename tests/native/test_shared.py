"""Memory that a Python program shares with other processes: what they write is recorded, what it writes they see, and what is not recorded is said.

That the past is exact is what verify.py looks at (nondet_shared.py)."""
import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import driver  # noqa: E402
from cases import Following  # noqa: E402
from test_threads import ThreadsCase  # noqa: E402

ANSWERS = """\
    import multiprocessing, os, sys
    context = multiprocessing.get_context("fork")
    question, answer = context.RawArray("i", 1000), context.RawArray("i", 1000)
    first, second = context.Semaphore(0), context.Semaphore(0)
    def work():
        for n in range(5):
            first.acquire()
            answer[n * 150] = question[n * 200] * 2
            second.release()
    child = context.Process(target=work)
    child.start()
    got = []
    for n in range(5):
        question[n * 200] = n + 7
        first.release()
        second.acquire()
        got.append(answer[n * 150])
    child.join()
    sys.exit(child.exitcode or got != [14, 16, 18, 20, 22])
    """


class Shared(Following, ThreadsCase):
    def ends_well(self, process):
        end = process.run()
        self.assertEqual(("exit", "0"), (end["reason"], end["detail"]), end)
        return end

    def test_both_sides_see_what_the_other_wrote(self):
        head = self.start(ANSWERS)
        start = self.session.checkpoint(head)
        end = self.ends_well(head)
        for replica in (self.session.replica(start), self.session.spawn("replay", "null")):
            replica.run("limit=%d" % end["tick"])
            self.assertEqual("[14, 16, 18, 20, 22]", self.value(replica, "got"))
            self.assertEqual(self.value(head, "answer[:]"), self.value(replica, "answer[:]"))
        self.assertEqual([], head.notices)

    def test_a_child_that_is_recorded(self):
        head = self.start(ANSWERS, options=("hash=1", "follow=1"))
        start, self.parent = self.session.checkpoint(head), head.pid
        self.enter(head)
        end = self.ends_well(head)
        self.assertEqual(0, self.wait_for_parent())
        replica = self.session.replica(start)
        replica.run("limit=%d" % end["tick"])
        self.assertEqual(("11", "22"), (self.value(replica, "question[800]"), self.value(replica, "answer[600]")))

    def test_the_processes_of_a_second_future(self):
        head = self.start(ANSWERS)
        start = self.session.checkpoint(head)
        self.ends_well(head)
        self.ends_well(self.branch(start, 10))

    def test_a_lock_is_shown_as_the_program_saw_it(self):
        head = self.start("""\
            import multiprocessing
            lock = multiprocessing.get_context("fork").Semaphore(3)
            lock.acquire()
            lock.acquire()
            held = True
            lock.release()
            """)
        start = self.session.checkpoint(head)
        end = self.ends_well(head)
        replica = self.session.replica(start)
        seen = []
        for line in range(1, 7):
            stop = replica.run("depth=2147483647")
            self.assertEqual(line, stop["line"])
            seen.append(line > 2 and self.value(replica, "lock.get_value()"))
        self.assertEqual([False, False, "3", "2", "1", "1"], seen)
        self.assertEqual("2", self.value(head, "lock.get_value()"), end)

    def test_a_replica_that_evaluates_finds_it_at_its_place(self):
        head = self.start("""\
            import mmap, os, struct
            pages, seen, kept = None, 0, []
            for n in range(4):
                pages = mmap.mmap(-1, 8192)
                if os.fork() == 0:
                    pages[4096:4100] = struct.pack("i", n + 10)
                    os._exit(0)
                os.wait()
                seen += struct.unpack("i", pages[4096:4100])[0]
                kept.append(bytearray(200000))
            """)
        start = self.session.checkpoint(head)
        end = self.ends_well(head)["tick"]
        replica = self.session.replica(start)
        replica.send("watch", driver.text("bytes(300000) and seen < 33"), "module:__main__")
        self.assertEqual(["watching"], replica.words())
        matches, last = replica.scan("mode=watch", "limit=%d" % end)
        self.assertEqual(end, last)
        good = [tick for tick, value in matches if value != 2]
        self.assertEqual("46", self.value(head, "seen"))
        self.assertEqual(["21", "33"], [self.clean(start, tick, "seen") for tick in (good[-1] - 1, good[-1])])

    def test_a_mapping_that_grows(self):
        head = self.start("""\
            import mmap, os, tempfile
            with tempfile.TemporaryFile(dir="/dev/shm") as file:
                file.truncate(4096)
                pages = mmap.mmap(file.fileno(), 4096)
                pages[:3] = b"abc"
                before = os.pread(file.fileno(), 3, 0)
                file.truncate(12288)
                pages.resize(12288)
                pages[8192:8195] = b"xyz"
                after = os.pread(file.fileno(), 3, 8192), pages[:3]
                pages.close()
            """)
        start = self.session.checkpoint(head)
        end = self.ends_well(head)
        self.assertEqual("b'abc', (b'xyz', b'abc')", "%s, %s" % (self.value(head, "before"), self.value(head, "after")))
        replica = self.session.replica(start)
        replica.run("limit=%d" % end["tick"])
        self.assertEqual(self.session.event_hash(head), self.session.event_hash(replica))

    def test_what_is_not_recorded_is_said(self):
        for size, told in ((1 << 20, 1), (1 << 12, 0)):
            with self.subTest(size):
                head = self.start("import mmap, os\npages = mmap.mmap(-1, %d)\nif os.fork() == 0:\n    pages[5] = 1\n    os._exit(0)\nos.wait()\n" % size)
                self.ends_well(head)
                self.assertEqual(told, sum("not recorded" in notice for notice in head.notices), head.notices)


if __name__ == "__main__":
    unittest.main()
