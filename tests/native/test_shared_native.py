"""Memory that a native program shares with other processes.

run: FRED_NATIVE=DIR python -m unittest discover -s tests/native
"""
import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import native  # noqa: E402
from cases import NativeCase  # noqa: E402


class SharedMemory(NativeCase):
    def test_what_others_have_written_is_there_behind_a_system_call(self):
        program = self.program("shared_results.c", "-O1")
        expected = program.straight().stdout
        for head, kind in (("translated", "mapping"), ("native", "mapping"), ("translated", "segment"), ("native", "segment")):
            with self.subTest((head, kind)):
                process = self.start([program.path, kind], options=("head=" + head,))
                start = self.session.checkpoint(process)
                checkpoints, end = self.session.run_with_checkpoints(process, 0.01, origin=start)
                tick = end["tick"] if end["exact"] else self.session.locate(start, process)
                self.assertEqual(("exit", expected), (end["reason"], self.output()))
                self.assertIn("recorded at its system calls", process.notices[0])
                for checkpoint in [start, *(checkpoints if end["exact"] else ())]:
                    replica = self.session.replica(checkpoint)
                    self.assertEqual(end["pc"], replica.run("limit=%d" % tick)["pc"])
                    for name in ("sum", "answers"):
                        self.assertEqual(process.word(program[name]), replica.word(program[name]))
                    shared = replica.word(program["shared"])
                    self.assertEqual((8, 499 * 499), (replica.word(shared), replica.word(shared + 8 * 499)))
                    replica.send("exit")

    def test_a_future_shares_with_its_own_children(self):
        program = self.program("shared_results.c", "-O1")
        process = self.start(program, options=("head=translated",))
        start = self.session.checkpoint(process)
        process.breakpoints(program["main"])
        process.run()
        replica = self.session.replica(start)
        replica.run("limit=%d" % (process.tick // 100))
        replica.ask_for("promoted", "promote", native.driver.text(self.path("branch")), self.session.slot(), "/proc/%d/fd" % self.session.launcher.pid)
        checkpoint = self.session.checkpoint(replica)
        end = replica.run()
        self.assertEqual("exit", end["reason"])
        again = self.session.replica(checkpoint, log=self.path("branch"))
        again.run("limit=%d" % end["tick"])
        self.assertEqual((end["pc"], process.word(program["sum"])), (again.stop["pc"], again.word(program["sum"])))

    def test_much_memory_is_not_recorded_which_is_said(self):
        process = self.start([self.program("shared_results.c", "-O1").path, "much"], options=("head=translated",))
        start = self.session.checkpoint(process)
        end = process.run()
        self.assertEqual("0", end["detail"])
        self.assertIn("not recorded", process.notices[0])
        replica = self.session.replica(start)
        replica.send("run", "limit=%d" % end["tick"])
        words = replica.words()
        self.assertEqual("diverged", words[0])
        self.assertIn("crashes", native.driver.decoded(words[3]))

    def test_a_replica_that_reads_what_nobody_recorded_is_not_taken_for_the_program(self):
        head = self.start(self.program("shared_flag.c"), options=("head=translated",))
        start = self.session.checkpoint(head)
        end = head.run()
        self.assertEqual(("exit", b"seen\n"), (end["reason"], self.output()))
        self.assertIn("shares memory", head.notices[0])
        replica = self.session.replica(start)
        replica.send("run", "limit=%d" % end["tick"])
        words = replica.words()
        self.assertEqual("diverged", words[0])
        self.assertIn("did not come to", native.driver.decoded(words[3]))


if __name__ == "__main__":
    unittest.main()
