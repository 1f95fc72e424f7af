"""Calls that seldom wait: where Fred interrupts one of them, the program does not see it."""
import fcntl
import os
import select
import socket
import struct
import sys
import termios
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from cases import NativeCase  # noqa: E402

FCNTL, CONNECT = 72, 42
SYSCALL = b"\x0f\x05"


class SeldomWaiting(NativeCase):
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

    def test_the_end_of_a_child_that_nobody_handles_interrupts_nothing(self):
        """A long write of another thread; its program goes on waiting for the child meanwhile."""
        path, held = self.path("pipe"), 65536
        os.mkfifo(path)
        pipe, (child, ended) = os.open(path, os.O_RDONLY | os.O_NONBLOCK), os.pipe()
        for end in (pipe, child, ended):
            self.addCleanup(os.close, end)
        head = self.start([self.program("child_ends.c", "-pthread").path, path], stdin="/proc/%d/fd/%d" % (os.getpid(), child))
        start = self.session.checkpoint(head)
        head.send("run")
        while struct.unpack("i", fcntl.ioctl(pipe, termios.FIONREAD, bytes(4)))[0] < held:
            pass
        os.write(ended, b"x")
        while b"child" not in self.output("stderr"):
            pass
        read = 0
        while b"done" not in self.output("stderr") or select.select([pipe], [], [], 0)[0]:
            read += len(os.read(pipe, held)) if select.select([pipe], [], [], 0.01)[0] else 0
        end = head.stopped()
        self.assertEqual((200000, "exit", b"200000\n"), (read, end["reason"], self.output()))
        self.assert_same_place(end, self.session.replica(start).run())


if __name__ == "__main__":
    unittest.main()
