"""Threads of a recorded Python program that wait: for each other, for a signal, for nobody; and what is left of them in a child."""
import os
import signal
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import driver  # noqa: E402
from test_threads import TWO, ThreadsCase  # noqa: E402


class Waiting(ThreadsCase):
    def test_a_deadlock_stops_with_all_stacks(self):
        head = self.start("""\
            import threading
            a, b = threading.Lock(), threading.Lock()
            both = threading.Barrier(2)
            def take(one, other):
                with one:
                    both.wait()
                    with other:
                        pass
            pair = [threading.Thread(target=take, args=each, name=name) for each, name in (((a, b), "x"), ((b, a), "y"))]
            for thread in pair:
                thread.start()
            for thread in pair:
                thread.join()
            """)
        start = self.session.checkpoint(head)
        for _ in range(2):
            stop = head.run()
            self.assertEqual(("deadlock", 1), (stop["reason"], stop["thread"]))
        threads = self.ask(head, op="threads")["threads"]
        self.assertEqual([("MainThread", 13), ("x", 7), ("y", 7)], [(t["name"], t["frame"]["line"]) for t in threads])
        replica = self.session.replica(start)
        self.assertEqual(stop["tick"], replica.run("limit=%d" % stop["tick"])["tick"])

    def test_one_thread_alone_waits_for_itself(self):
        head = self.start("import threading\nt = threading.Thread(target=print)\nt.start()\nt.join()\nlock = threading.Lock()\nlock.acquire()\nlock.acquire()\n")
        self.assertEqual("deadlock", head.run()["reason"])

    def test_a_handler_may_end_the_wait_so_it_is_no_deadlock(self):
        head = self.start("""\
            import signal, threading
            woken = threading.Event()
            signal.signal(signal.SIGUSR1, lambda *_: woken.set())
            t = threading.Thread(target=woken.wait)
            t.start()
            print("ready", flush=True)
            t.join()
            """)
        start = self.session.checkpoint(head)
        head.send("run")
        while "ready" not in self.output() or not self.session.words[8 + 8 * head.slot + 4]:
            pass
        os.kill(head.pid, signal.SIGUSR1)
        end = head.stopped()
        self.assertEqual("exit", end["reason"])
        replica = self.session.replica(start)
        replica.run("limit=%d" % end["tick"])
        self.assertEqual(self.session.event_hash(head), self.session.event_hash(replica))

    def test_pause_while_all_threads_wait(self):
        head = self.start("""\
            import threading, time
            t = threading.Thread(target=time.sleep, args=(0.4,))
            t.start()
            t.join()
            """)
        head.send("run")
        while not self.session.words[8 + 8 * head.slot + 4]:
            pass
        self.session.pause(head)
        stop = head.stopped()
        self.assertEqual("pause", stop["reason"])
        self.assertEqual("3", self.value(head, "1 + 2"))
        self.assertEqual("exit", head.run()["reason"])

    def test_an_evaluation_that_waits_for_a_lock_of_another_thread_gives_a_value(self):
        head = self.start("""\
            import threading
            lock, go, held = threading.Lock(), threading.Event(), threading.Event()
            def hold():
                with lock:
                    held.set()
                    go.wait()
            t = threading.Thread(target=hold)
            t.start()
            held.wait()
            def ask():
                with lock:
                    return 5
            go.set()
            t.join()
            """)
        head.send("bp-add", 1, driver.text(self.program), 13, "%")
        head.run("bp=1")
        self.assertEqual("5", self.value(head, "ask()"))
        self.assertEqual("exit", head.run()["reason"])

    def test_a_statement_that_waits_for_another_thread_is_refused(self):
        head = self.start(TWO)
        head.send("bp-add", 1, driver.text(self.program), 12, "%")
        head.run("bp=1")
        head.send("exec", 1, "statement", driver.text("0\nworker.join()"))
        words = head.words()
        self.assertEqual(("stopped", "unsupported"), tuple(words[:2]))
        self.assertIn("waits for another thread", driver.decoded(words[11]))


class Children(ThreadsCase):
    def test_a_fork_with_threads_has_one(self):
        head = self.start("""\
            import os, threading
            stop = threading.Event()
            t = threading.Thread(target=stop.wait)
            t.start()
            pid = os.fork()
            if pid == 0:
                os._exit(threading.active_count())
            status = os.waitpid(pid, 0)[1]
            stop.set()
            t.join()
            """)
        start = self.session.checkpoint(head)
        end = head.run()
        self.assertEqual(("exit", str(1 << 8)), (end["reason"], self.value(head, "status")))
        replica = self.session.replica(start)
        replica.run("limit=%d" % end["tick"])
        self.assertEqual(self.session.event_hash(head), self.session.event_hash(replica))
