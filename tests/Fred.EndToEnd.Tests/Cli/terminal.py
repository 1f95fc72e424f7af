"""Drives fred at a real (pseudo) terminal: editing, input() of the program, Ctrl-C in all three places. Exit status 0 when all is as expected.

usage: terminal.py FRED PYTHON DIRECTORY
"""
import os
import pty
import re
import select
import signal
import sys
import termios

PROGRAM = """\
total = 0
for i in range(5):
    total += i
name = input("name? ")
print("hello", name)
while True:
    total += 1
"""
LIVE = rb"\(fred\) \x1b\[K$"
PAST = rb"\(fred past \d+/\d+\) \x1b\[K$"
DEADLINE_SECONDS = 60  # only for a test that fails


class Terminal:
    def __init__(self, command, directory):
        self.pid, self.master = pty.fork()
        if self.pid == 0:
            os.chdir(directory)
            for number in (signal.SIGINT, signal.SIGHUP):  # whatever started the tests may ignore them (nohup, background jobs)
                signal.signal(number, signal.SIG_DFL)
            os.environ.update(TERM="xterm", XDG_STATE_HOME=directory)
            os.execv(command[0], command)

    def expect(self, pattern):
        seen = b""
        while not re.search(pattern, seen):
            ready, _, _ = select.select([self.master], [], [], DEADLINE_SECONDS)
            if not ready:
                sys.exit("expected %r, saw %r" % (pattern, seen))
            seen += os.read(self.master, 65536)
        return seen

    def type(self, text, pattern):
        os.write(self.master, text)
        return self.expect(pattern)

    def echoes(self):
        return bool(termios.tcgetattr(self.master)[3] & termios.ECHO)


def check(condition, what):
    if not condition:
        sys.exit("failed: " + what)


def main():
    fred, python, directory = sys.argv[1:]
    with open(os.path.join(directory, "prog.py"), "w") as file:
        file.write(PROGRAM)
    t = Terminal([fred, "python", "--python", python, "prog.py"], directory)
    t.expect(LIVE)
    check(not t.echoes(), "the editor has single keys")
    t.type(b"nxt\x1b[D\x1b[De\r", rb"-> 2[\s\S]*" + LIVE)
    t.type(b"junk\x03", rb"\^C[\s\S]*" + LIVE)
    t.type(b"reverse-w\t", rb"reverse-watch")
    t.type(b"\x15c\r", rb"name\? $")
    check(t.echoes(), "the terminal is the program's while it runs")
    t.type(b"bob\r", rb"hello bob")
    t.type(b"\x03", rb"Paused[\s\S]*" + LIVE)
    check(b"bob" in t.type(b"p name\r", rb"'bob'[\s\S]*" + LIVE), "the program has read its line")
    t.type(b"rs 3\r", PAST)
    t.type(b"goto 10\r", rb"past 10/[\s\S]*\x1b\[K$")
    seen = t.type(b"c\r", rb"live edge[\s\S]*" + LIVE)
    check(b"hello bob" not in seen, "a replay prints and asks nothing")
    os.write(t.master, b"\x04")
    _, status = os.waitpid(t.pid, 0)
    check(status == 0, "Ctrl-D ends the sitting with 0, not %d" % status)
    with open(os.path.join(directory, "fred", "history")) as file:
        check(file.read().startswith("next\n"), "the history file has the lines")


main()
