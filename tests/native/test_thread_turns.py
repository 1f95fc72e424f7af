"""What the kernel is told about the threads of a recorded Python program, and when they change places: what a program sees of it is what it would see alone."""
import os
import struct
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from test_threads import ThreadsCase  # noqa: E402

TAIL = 64 << 10  # of the control page: where the end of the log is
SMALLEST, CLOCK = 4, 1000  # bytes of a record that is a single word; what it is a record of


class Turns(ThreadsCase):
    def test_a_thread_that_was_woken_gets_its_turn_from_one_that_never_sleeps(self):
        head = self.start("""\
            import threading
            lock, done = threading.Lock(), []
            lock.acquire()
            def work():
                lock.acquire()
                done.append(1)
            threading.Thread(target=work).start()
            lock.release()
            while not done:
                pass
            """)
        self.assertEqual("exit", head.run()["reason"])

    def test_who_wakes_another_one_goes_on(self):
        head = self.start("""\
            import queue
            import threading
            tasks = queue.Queue(maxsize=8)
            def work():
                while tasks.get() is not None:
                    pass
            workers = [threading.Thread(target=work) for _ in range(3)]
            for worker in workers:
                worker.start()
            for task in range(2000):
                tasks.put(task)
            for worker in workers:
                tasks.put(None)
            for worker in workers:
                worker.join()
            """)
        self.assertEqual("exit", head.run()["reason"])
        threads = [thread for thread, _, _ in self.records()]
        changes = sum(one != other for one, other in zip(threads, threads[1:]))
        self.assertLess(changes, 2000, "a task needs half a change of threads, and one and a half if whoever is woken runs at once")

    def test_taking_a_lock_is_four_bytes_of_the_log(self):
        head = self.start("""\
            import threading
            lock = threading.Lock()
            def work():
                global total
                total = 0
                for n in range(10000):
                    with lock:
                        total += n
            worker = threading.Thread(target=work)
            worker.start()
            worker.join()
            """)
        start = self.session.checkpoint(head)
        end = head.run()
        self.assertEqual("exit", end["reason"])
        looks = [length for _, number, length in self.records() if number == CLOCK]
        self.assertGreater(len(looks), 10000)
        self.assertLess(sum(looks), len(looks) * 5)
        replica = self.session.replica(start)
        replica.run("limit=%d" % end["tick"])
        self.assertEqual(self.session.event_hash(head), self.session.event_hash(replica))

    def records(self):
        """Thread, number and length of each record of the head's log."""
        with open(self.session.log, "rb") as file:
            data = file.read()
        data = data[:self.session.words[0]] + self.session.page[TAIL:TAIL + self.session.words[1]]
        at, found = 0, []
        while at < len(data):
            length, = struct.unpack_from("<I", data, at)
            if length & 1:
                length, number, thread = SMALLEST, CLOCK, length >> 4 & 255
            else:
                _, number, _, thread = struct.unpack_from("<IHBB", data, at)
            found.append((thread, number, length))
            at += length
        return found


class Kernel(ThreadsCase):
    def test_threads_keep_their_signal_masks_and_get_signals_in_a_branch(self):
        head = self.start("""\
            import signal
            import threading
            first, second = threading.Event(), threading.Event()
            def work():
                signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR1})
                first.set()
                second.wait()
                global blocked
                blocked = signal.pthread_sigmask(signal.SIG_BLOCK, ())
            worker = threading.Thread(target=work)
            worker.start()
            first.wait()
            signal.pthread_kill(worker.ident, 0)
            second.set()
            worker.join()
            """)
        start = self.session.checkpoint(head)
        head.run()
        branch = self.branch(start, 13)
        self.assertEqual("exit", branch.run()["reason"])
        self.assertEqual(["{<Signals.SIGUSR1: 10>}"] * 2, [self.value(process, "blocked") for process in (head, branch)])

    def test_the_program_finds_its_threads_on_all_processors(self):
        head = self.start("""\
            import os
            import subprocess
            import threading
            before = os.sched_getaffinity(0)
            ping, pong, seen = threading.Semaphore(0), threading.Semaphore(0), []
            def work():
                for _ in range(3000):
                    ping.acquire()
                    pong.release()
            worker = threading.Thread(target=work)
            worker.start()
            def look():
                child = subprocess.run(["grep", "Cpus_allowed:", "/proc/self/status"], stdout=subprocess.PIPE).stdout
                return os.sched_getaffinity(0), os.sched_getaffinity(worker.native_id), child
            for n in range(3000):
                ping.release()
                pong.acquire()
                if n in (1000, 2000, 2900):
                    seen.append(look())
                if n == 2500:
                    os.sched_setaffinity(0, {min(before)})
            """)
        self.assertEqual("exit", head.run()["reason"])
        with open("/proc/self/status") as status:
            mine = next(line for line in status if line.startswith("Cpus_allowed:"))
        seen = eval(self.value(head, "seen"))
        everywhere = os.sched_getaffinity(0)
        self.assertEqual([(everywhere, everywhere, mine.encode())] * 2, seen[:2])
        self.assertEqual(({min(everywhere)}, everywhere), seen[2][:2])


if __name__ == "__main__":
    unittest.main()
