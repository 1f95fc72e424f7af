"""A child of the program's that is recorded instead of the program: `follow=N`.

run: FRED_NATIVE=DIR python -m unittest discover -s tests/native
"""
import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from cases import Following, PythonCase  # noqa: E402
from driver import text  # noqa: E402

FORKS = """\
    import os
    print("parent", flush=True)
    total = 0
    for number in range(3):
        read, write = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(read)
            mine = 0
            for i in range(50):
                mine += i * number
            os.write(write, str(mine).encode())
            os._exit(number + 5)
        os.close(write)
        said = os.read(read, 100)
        while os.read(read, 1):
            pass
        waited, status = os.waitpid(-1, 0)
        total += int(said)
        print(number, said.decode(), waited == child, os.WEXITSTATUS(status), flush=True)
    try:
        os.waitpid(-1, 0)
    except ChildProcessError:
        print("no other children", total, flush=True)
    """


class FollowingPython(Following, PythonCase):
    def follow(self, program, number, *options):
        head = self.start(program, options=("hash=1", "follow=%d" % number, *options))
        self.origin = self.session.checkpoint(head)
        self.parent = head.pid
        return head

    def assert_replayed(self, end, *starts):
        """Replicas from all the places, and from exec, come to the same last event."""
        last = end["tick"] - 1
        replicas = [self.session.replica(start) for start in starts] + [self.session.spawn("replay", "null")]
        places = [(replica.run("limit=%d" % last)["line"], self.session.event_hash(replica)) for replica in replicas]
        self.assertEqual(1, len(set(places)), places)
        return replicas

    def test_the_child_is_recorded_and_its_parent_goes_on(self):
        expected = "parent\n" + "".join("%d %d True %d\n" % (n, 1225 * n, n + 5) for n in range(3)) + "no other children 3675\n"
        for number in (1, 2, 3):
            with self.subTest(number):
                head = self.follow(FORKS, number)
                first = self.enter(head)
                self.assertEqual(7, first["line"])
                self.assertEqual((str(number - 1), "0"), (self.value(head, "number"), self.value(head, "child")))
                middle = self.session.checkpoint(head)
                end = head.run()
                self.assertEqual(("exit", str(number + 4)), (end["reason"], end["detail"]))
                self.assertEqual(0, self.wait_for_parent())
                self.assertEqual(expected, self.output())
                self.assertEqual(str(1225 * (number - 1)), self.value(head, "mine"))
                for replica in self.assert_replayed(end, self.origin, middle):
                    self.assertEqual(str(1225 * (number - 1)), self.value(replica, "mine"))
                self.assertEqual(expected, self.output())

    def test_processes_of_multiprocessing(self):
        program = """\
            import multiprocessing, sys
            def work(numbers, answers):
                for number in iter(numbers.get, None):
                    answers.put(number * number)
                answers.put(None)
                sys.exit(3)
            context = multiprocessing.get_context("fork")
            numbers, answers = context.Queue(), context.Queue()
            for number in range(50):
                numbers.put(number)
            workers = [context.Process(target=work, args=(numbers, answers)) for _ in range(2)]
            for worker in workers:
                worker.start()
                numbers.put(None)
            found = [answer for end in range(2) for answer in iter(answers.get, None)]
            for worker in workers:
                worker.join()
            print(sum(found), [worker.exitcode for worker in workers], flush=True)
            """
        for number in (1, 2):
            with self.subTest(number):
                head = self.follow(program, number)
                first = self.enter(head)
                self.assertEqual((3, "work"), (first["line"], first["function"]))
                middle = self.session.checkpoint(head)
                end = head.run()
                self.assertEqual(("exit", "3"), (end["reason"], end["detail"]))
                self.assertEqual(0, self.wait_for_parent())
                self.assertEqual("40425 [3, 3]\n", self.output())
                self.assert_replayed(end, self.origin, middle)

    def test_a_pool(self):
        program = """\
            import multiprocessing
            context = multiprocessing.get_context("fork")
            arrived = [context.Semaphore(0), context.Semaphore(0)]
            def work(number):
                if number < 2:
                    arrived[number].release()
                    arrived[1 - number].acquire()
                return number * number
            with context.Pool(2) as pool:
                print(sum(pool.map(work, range(200), chunksize=1)), flush=True)
                pool.close()
                pool.join()
            print("over", flush=True)
            """
        head = self.follow(program, 2)
        self.assertEqual("work", self.enter(head)["function"])
        middle = self.session.checkpoint(head)
        end = head.run()
        self.assertEqual("exit", end["reason"])
        self.assertEqual(0, self.wait_for_parent())
        self.assertEqual("2646700\nover\n", self.output())
        self.assert_replayed(end, self.origin, middle)

    def test_a_child_that_its_parent_ends(self):
        program = """\
            import multiprocessing
            context = multiprocessing.get_context("fork")
            begun = context.Semaphore(0)
            done = [0]
            def work():
                done[0] = 1
                begun.release()
                WAIT
            worker = context.Process(target=work)
            worker.start()
            begun.acquire()
            worker.terminate()
            worker.join()
            print(worker.exitcode, flush=True)
            """
        for wait in ("import time; time.sleep(600)", "while True: done[0] += 1"):
            with self.subTest(wait):
                head = self.follow(program.replace("WAIT", wait), 1)
                self.enter(head)
                middle = self.session.checkpoint(head)
                end = head.run()
                self.assertEqual(("signal", "SIGTERM"), (end["reason"], end["detail"]))
                self.assertEqual(0, self.wait_for_parent())
                self.assertEqual("-15\n", self.output())
                done = {self.value(replica, "done") for replica in self.assert_replayed(end, self.origin, middle)}
                self.assertEqual(1, len(done), done)
                last = self.session.replica(middle).run("limit=%d" % end["tick"])
                self.assertEqual(("signal", "SIGTERM", end["tick"]), (last["reason"], last["detail"], last["tick"]))

    def test_threads_before_and_after(self):
        program = """\
            import os, threading
            done = threading.Event()
            counts = [0] * 4
            def count(place):
                for _ in range(300):
                    counts[place] += 1
                done.wait()
                counts[place] += 1000
            before = [threading.Thread(target=count, args=(place,)) for place in range(2)]
            for thread in before:
                thread.start()
            child = os.fork()
            if child == 0:
                after = [threading.Thread(target=count, args=(place,)) for place in (2, 3)]
                for thread in after:
                    thread.start()
                done.set()
                for thread in after:
                    thread.join()
                os._exit(counts[2:] == [1300, 1300])
            done.set()
            for thread in before:
                thread.join()
            waited, status = os.wait()
            print(counts, waited == child, os.WEXITSTATUS(status), flush=True)
            """
        for schedule in ((), ("schedule=random:7",)):
            with self.subTest(schedule):
                head = self.follow(program, 1, *schedule)
                self.enter(head)
                middle = self.session.checkpoint(head)
                end = head.run()
                self.assertEqual(("exit", "1"), (end["reason"], end["detail"]))
                self.assertEqual(0, self.wait_for_parent())
                self.assertEqual("[1300, 1300, 0, 0] True 1\n", self.output())
                self.assert_replayed(end, self.origin, middle)

    def test_a_child_that_is_killed(self):
        program = """\
            import os, signal
            child = os.fork()
            if child == 0:
                before = 3
                os.kill(os.getpid(), signal.SIGABRT)
            print(os.WTERMSIG(os.wait()[1]), flush=True)
            """
        head = self.follow(program, 1)
        self.enter(head)
        end = head.run()
        self.assertEqual("signal", end["reason"])
        self.assertEqual(0, self.wait_for_parent())
        self.assertEqual("6\n", self.output())
        self.assertEqual("3", self.value(head, "before"))

    def test_a_child_killed_by_somebody(self):
        program = "import os, time\nif os.fork() == 0:\n    time.sleep(600)\nprint(os.WTERMSIG(os.wait()[1]), flush=True)\n"
        head = self.follow(program, 1)
        self.enter(head)
        head.send("run")
        self.session.launcher.send("kill", head.pid)
        self.assertEqual(0, self.wait_for_parent())
        self.assertEqual("9\n", self.output())
        self.assertIn(head.pid, self.session.exits)
        self.assertRaises((EOFError, ConnectionResetError), head.line)

    def test_a_child_of_the_child(self):
        program = """\
            import os
            if os.fork() == 0:
                inner = os.fork()
                if inner == 0:
                    os._exit(4)
                waited, status = os.waitpid(-1, 0)
                os._exit(10 * (waited == inner) + os.WEXITSTATUS(status))
            print(os.WEXITSTATUS(os.wait()[1]), flush=True)
            """
        head = self.follow(program, 1)
        first = self.enter(head)
        for _ in range(5):
            self.session.checkpoint(head)
        end = head.run()
        self.assertEqual(("exit", "14"), (end["reason"], end["detail"]))
        self.assertEqual(0, self.wait_for_parent())
        self.assertEqual("14\n", self.output())
        self.assertLess(first["tick"], end["tick"])
        self.assert_replayed(end, self.origin)

    def test_signals_of_the_parent(self):
        program = """\
            import os, signal, time
            seen = []
            for number in (signal.SIGCHLD, signal.SIGUSR1):
                signal.signal(number, lambda signal, frame: seen.append(signal))
            child = os.fork()
            if child == 0:
                os.kill(os.getppid(), signal.SIGUSR1)
                os._exit(len(seen))
            while len(seen) < 2:
                time.sleep(0.01)
            print(sorted(seen), os.WEXITSTATUS(os.wait()[1]), flush=True)
            """
        head = self.follow(program, 1)
        self.enter(head)
        end = head.run()
        self.assertEqual("0", end["detail"])
        self.assertEqual(0, self.wait_for_parent())
        self.assertEqual("[10, 17] 0\n", self.output())

    def test_a_child_that_never_comes(self):
        head = self.follow("import os\nif os.fork() == 0:\n    os._exit(0)\nos.wait()\n", 2)
        self.assertEqual("exit", head.run()["reason"])
        self.assertEqual([(0, 1)], head.followed)

    def test_another_program_cannot_be_followed(self):
        for program, told in (("import os\nos.posix_spawn('/bin/true', ['true'], {})\n", "posix_spawn"), ("import subprocess\nsubprocess.run(['/bin/true'], preexec_fn=int)\n", "exec")):
            with self.subTest(told):
                stop = self.follow(program, 1).run()
                self.assertEqual("unsupported", stop["reason"])
                self.assertIn(told, stop["detail"])

    def test_a_branch_that_begins_before_the_fork_follows_too(self):
        head = self.follow("import os\nstatus = 3\nif os.fork() == 0:\n    os._exit(status)\nprint(os.WEXITSTATUS(os.wait()[1]), flush=True)\n", 1)
        self.enter(head)
        replica = self.session.replica(self.origin)
        replica.run("limit=3")
        replica.send("promote", self.path("branch"), replica.slot, "/proc/%d/fd" % self.session.process.pid)
        self.assertEqual(["promoted"], replica.words())
        replica.send("exec", 1, "statement", text("0\nstatus = 8"))
        self.assertEqual("executed", replica.words()[0])
        self.assertEqual("limit", replica.run()["reason"])
        self.session.launcher.send("adopt", replica.followed[-1][0])
        self.assertEqual("8", replica.run()["detail"])


if __name__ == "__main__":
    unittest.main()
