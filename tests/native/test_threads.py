"""Programs with threads through the protocol, with the real agent: the schedule is recorded and repeated, and every request keeps its meaning.

That whole programs replay from every checkpoint is what verify.py looks at; here are the requests."""
import os
import random
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import driver  # noqa: E402
import verify  # noqa: E402
from cases import PYTHON, PythonCase  # noqa: E402

STEP = "depth=2147483647"
RACE = """\
    import threading
    counter = 0
    def think():
        pass
    def add():
        global counter
        for _ in range(300):
            seen = counter
            think()
            counter = seen + 1
    workers = [threading.Thread(target=add) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    """
TWO = """\
    import threading
    order = []
    first, second = threading.Event(), threading.Event()
    def work():
        order.append("work")
        first.set()
        second.wait()
        order.append("again")
    worker = threading.Thread(target=work, name="worker")
    worker.start()
    first.wait()
    order.append("main")
    second.set()
    worker.join()
    order.append("end")
    """
CHAOS = ("hash=1", "schedule=random:7")


class ThreadsCase(PythonCase):
    eager = False

    def command(self):
        import json
        command = verify.agent_command("real", PYTHON, self.program, [])
        return command[:-1] + [json.dumps({**json.loads(command[-1]), "eager_switching": self.eager})]

    def start(self, program, options=("hash=1",), **popen):
        self.eager = any(option.startswith("schedule") for option in options)
        original = driver.Session
        try:
            driver.Session = lambda _command, *rest, **more: original(self.command(), *rest, **more)
            return super().start(program, options, **popen)
        finally:
            driver.Session = original

    def ask(self, process, **request):
        inspector = self.session.inspect(process)
        try:
            return inspector.ask(**request)
        finally:
            inspector.close()

    def value(self, process, expression):
        return self.ask(process, op="eval", expr=expression, activation="module:__main__")["value"]

    def clean(self, source, tick, expression):
        replica = self.session.replica(source)
        replica.run("limit=%d" % tick)
        value = self.value(replica, expression)
        replica.send("exit")
        return value

    def steps(self, process, *options):
        """Steps to the end or as long as the thread lives; the stops."""
        stops = []
        while True:
            stop = process.run(STEP, *options)
            if stop["reason"] != "step":
                return stops
            stops.append(stop)

    def branch(self, start, line):
        """Makes a branch from where the first thread comes to the line, with threads made again; its log's path is `self.log`."""
        tick = next(stop["tick"] for stop in self.steps(self.session.replica(start)) if stop["line"] == line and stop["thread"] == 1)
        replica = self.session.replica(start)
        replica.run("limit=%d" % tick)
        replica = self.session.replica(self.session.checkpoint(replica))
        slot, self.log = self.session.slot(), os.path.join(self.session.directory, "log2")
        replica.send("promote", driver.text(self.log), slot, "/proc/%d/fd" % self.session.process.pid)
        self.assertEqual(["promoted"], replica.words())
        replica.slot = slot
        return replica


class Recording(ThreadsCase):
    def test_a_race_is_repeated_from_any_tick(self):
        head = self.start(RACE, CHAOS)
        start = self.session.checkpoint(head)
        checkpoints, end = self.session.run_with_checkpoints(head, 0.003)
        self.assertEqual("exit", end["reason"])
        want = self.value(head, "counter")
        self.assertLess(int(want), 900)
        for source in [start, *checkpoints[:4]]:
            replica = self.session.replica(source)
            replica.run("limit=%d" % end["tick"])
            self.assertEqual((self.session.event_hash(head), want), (self.session.event_hash(replica), self.value(replica, "counter")))

    def test_checkpoints_of_replicas_have_their_threads(self):
        head = self.start(RACE, CHAOS)
        start = self.session.checkpoint(head)
        end = head.run()["tick"]
        source, want = start, self.value(head, "counter")
        for tick in sorted(random.sample(range(1, end), 4)):
            replica = self.session.replica(source)
            replica.run("limit=%d" % tick)
            source = self.session.checkpoint(replica)
        replica = self.session.replica(source)
        replica.run("limit=%d" % end)
        self.assertEqual((self.session.event_hash(head), want), (self.session.event_hash(replica), self.value(replica, "counter")))

    def test_from_exec_on(self):
        head = self.start(RACE, CHAOS)
        end = head.run()["tick"]
        replica = self.session.spawn("replay", "null")
        replica.run("limit=%d" % end)
        self.assertEqual(self.session.event_hash(head), self.session.event_hash(replica))

    def test_many_threads_one_after_the_other_and_at_once(self):
        head = self.start("""\
            import threading
            done = []
            for n in range(300):
                thread = threading.Thread(target=done.append, args=(n,))
                thread.start()
                thread.join()
            go = threading.Event()
            threads = [threading.Thread(target=go.wait) for _ in range(60)]
            for thread in threads:
                thread.start()
            go.set()
            for thread in threads:
                thread.join()
            """)
        start = self.session.checkpoint(head)
        end = head.run()
        self.assertEqual(("exit", 361), (end["reason"], end["threads"]))
        replica = self.session.replica(start)
        replica.run("limit=%d" % end["tick"])
        self.assertEqual(self.session.event_hash(head), self.session.event_hash(replica))

    def test_too_many_threads_are_refused(self):
        head = self.start("""\
            import threading
            threading.stack_size(65536)
            go = threading.Event()
            for _ in range(260):
                threading.Thread(target=go.wait, daemon=True).start()
            """)
        stop = head.run()
        self.assertEqual("unsupported", stop["reason"])
        self.assertIn("250 threads", stop["detail"])

    def test_a_branch_goes_on_with_all_threads(self):
        head = self.start(TWO)
        start = self.session.checkpoint(head)
        head.run()
        branch = self.branch(start, 12)
        again = self.session.checkpoint(branch)
        branch.send("exec", 1, "statement", driver.text("0\norder.append('changed')"))
        self.assertEqual("ok", branch.words()[2])
        end = branch.run()
        order = self.value(branch, "order")
        self.assertEqual(("exit", "['work', 'changed', 'main', 'again', 'end']"), (end["reason"], order))
        copy = self.session.replica(again, self.log)
        copy.run("limit=%d" % end["tick"])
        self.assertEqual((self.session.event_hash(branch), order), (self.session.event_hash(copy), self.value(copy, "order")))

class Moving(ThreadsCase):
    def test_a_branch_goes_on_under_the_numbers_that_the_program_knows(self):
        head = self.start("""\
            import os, signal, threading
            came = []
            signal.signal(signal.SIGUSR1, lambda *_: came.append(1))
            me, parent = os.getpid(), os.getppid()
            gate = threading.Event()
            waits = threading.Thread(target=gate.wait)
            waits.start()
            known = threading.get_native_id(), waits.native_id
            begins = 1
            same = [os.getpid() == me, os.getppid() == parent, threading.get_native_id() == known[0] == me]
            os.kill(me, signal.SIGUSR1)
            signal.pthread_kill(threading.get_ident(), signal.SIGUSR1)
            same.append(os.sched_getaffinity(me) == os.sched_getaffinity(0) == os.sched_getaffinity(known[1]))
            child = os.fork()
            if child == 0:
                os.kill(me, signal.SIGUSR1)
                os._exit(os.getppid() == me)
            same.append(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 1)
            gate.set()
            waits.join()
            """)
        start = self.session.checkpoint(head)
        head.run()
        branch = self.branch(start, 9)
        self.assertEqual("exit", branch.run()["reason"])
        for process in (head, branch):
            self.assertEqual(("[True, True, True, True, True]", "[1, 1, 1]"), (self.value(process, "same"), self.value(process, "came")))
        self.assertEqual("True", self.value(branch, "__import__('os').getpid() == me"))

    def test_a_step_stays_in_its_thread_and_goes_on_elsewhere_when_it_ends(self):
        head = self.start(TWO)
        head.run("limit=1")
        mine = self.steps(head, "thread=1")
        self.assertEqual({1}, {stop["thread"] for stop in mine})
        self.assertEqual([3, 4, 9, 10, 11, 12, 13, 14, 15], sorted({stop["line"] for stop in mine} - {2}))
        again = self.start(TWO)
        again.send("bp-add", 1, driver.text(self.program), 5, "%")
        stop = again.run("bp=1")
        self.assertEqual(("breakpoint", 2), (stop["reason"], stop["thread"]))
        stops = self.steps(again, "thread=2")
        lines = [stop["line"] for stop in stops if stop["thread"] == 2 and stop["kind"] == "line"]
        self.assertEqual([6, 7, 8], lines)
        self.assertEqual(1, stops[-1]["thread"])

    def test_the_last_event_of_a_thread(self):
        head = self.start(TWO)
        start = self.session.checkpoint(head)
        end = head.run()["tick"]
        replica = self.session.replica(start)
        matches, _ = replica.scan(STEP, "thread=2", "mode=last", "limit=%d" % (end - 3))
        replica = self.session.replica(start)
        self.assertEqual(8, replica.run("limit=%d" % matches[-1][0])["line"])

    def test_all_stacks(self):
        head = self.start(TWO)
        head.send("bp-add", 1, driver.text(self.program), 12, "%")
        head.run("bp=1")
        threads = self.ask(head, op="threads")["threads"]
        self.assertEqual([(1, "MainThread", True), (2, "worker", False)], [(t["number"], t["name"], t["current"]) for t in threads])
        self.assertEqual((7, "work"), (threads[1]["frame"]["line"], threads[1]["frame"]["function"]))
        frames = self.ask(head, op="stack", thread=2)["frames"]
        entry = next(frame for frame in frames if frame["function"] == "work")
        self.assertRegex(entry["activation"], r"^frame:\d+:\d+:\d+$")
        self.assertEqual("['work']", self.ask(head, op="eval", expr="order", thread=2, frame=entry["index"])["value"])
        self.assertEqual("good", self.ask(head, op="eval", expr="True", activation=entry["activation"])["state"])
        with self.assertRaises(driver.ProtocolError):
            self.ask(head, op="stack", thread=9)

    def test_watch_in_every_thread_agrees_with_clean_replays(self):
        head = self.start(RACE, CHAOS)
        start = self.session.checkpoint(head)
        end = head.run()["tick"]
        replica = self.session.replica(start)
        replica.send("watch", driver.text("counter < 100"), "module:__main__")
        self.assertEqual(["watching"], replica.words())
        matches, tick = replica.scan("mode=watch", "limit=%d" % end)
        self.assertEqual(end, tick)
        changes = [tick for tick, value in matches if value != 2]
        for tick in random.sample(changes[1:], min(4, len(changes) - 1)):
            before, after = self.clean(start, tick - 1, "counter < 100"), self.clean(start, tick, "counter < 100")
            self.assertNotEqual(before, after, tick)

    def test_a_condition_is_repeated(self):
        head = self.start(RACE, CHAOS)
        start = self.session.checkpoint(head)
        head.send("bp-add", 1, driver.text(self.program), 10, driver.text("seen == 50"))
        stop = head.run("bp=1")
        self.assertEqual("breakpoint", stop["reason"])
        head.send("bp-clear")
        end = head.run()["tick"]
        replica = self.session.replica(start)
        replica.run("limit=%d" % end)
        self.assertEqual(self.session.event_hash(head), self.session.event_hash(replica))

    def test_calls_of_several_threads_are_told_apart(self):
        head = self.start(RACE, CHAOS)
        start = self.session.checkpoint(head)
        end = head.run()["tick"]
        replica = self.session.replica(start)
        replica.send("bp-function", 1, "think", "%")
        replica.send("run", "mode=calls", "limit=%d" % end)
        calls, returns, words = set(), set(), replica.words()
        while words[0] == "seen":
            {"call": calls, "return": returns}.get(words[2], set()).add(words[4])
            words = replica.words()
        self.assertEqual("scanned", words[0])
        self.assertEqual((900, calls), (len(calls), returns))
