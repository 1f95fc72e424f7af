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
