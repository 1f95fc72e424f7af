"""Calls that seldom wait: where Fred interrupts one of them, the program does not see it."""
import fcntl
import os
import socket
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import test_native  # noqa: E402

FCNTL, CONNECT = 72, 42
SYSCALL = b"\x0f\x05"


class SeldomWaiting(test_native.Case):
    def start_waiting(self, what, path, number):
        """Stops the head before the call in which it waits."""
        head = self.start([self.program("seldom_waits.c").path, what, path])
        self.beginning = self.session.checkpoint(head)
        while True:
            head.send("run")
            while not self.is_asleep(head):
                pass
            self.session.pause(head)
            stop = head.stopped()
            self.assertEqual("pause", stop["reason"])
            if head.read(stop["pc"], 2) == SYSCALL and head.registers()["rax"] == number:
                return head

    def is_asleep(self, process):
        with open("/proc/%d/wchan" % process.pid) as channel:
            return channel.read() not in ("", "0")

    def check_end(self, head):
        end = head.run()
        self.assertEqual(("exit", b"0 0\n"), (end["reason"], self.output()))
        self.assert_same_place(end, self.session.replica(self.beginning).run())

    def test_a_lock_is_waited_for_again(self):
        path = self.path("lock")
        with open(path, "w") as held:
            fcntl.lockf(held, fcntl.LOCK_EX)
            head = self.start_waiting("lock", path, FCNTL)
        self.check_end(head)

    def test_a_connection_is_waited_for_again(self):
        path = self.path("socket")
        with socket.socket(socket.AF_UNIX) as listener, socket.socket(socket.AF_UNIX) as first:
            listener.bind(path)
            listener.listen(0)
            first.connect(path)  # the only place in the queue
            head = self.start_waiting("connect", path, CONNECT)
            with listener.accept()[0]:
                self.check_end(head)


if __name__ == "__main__":
    unittest.main()
