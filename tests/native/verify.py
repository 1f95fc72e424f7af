"""Records programs once, replays them from every checkpoint and from exec on, and compares: end tick, rolling hash over all events,
repr of all globals at the last tick, no output from replicas.

usage: verify.py NATIVE_DIRECTORY [--agent mini|real] [--python PATH]... [--times N] [--load N] [--schedule random] [NAME]...
"""
import argparse
import contextlib
import os
import random
import socket
import subprocess
import sys
import tempfile
import threading

import driver

TESTS = os.path.dirname(driver.HERE)
PROGRAMS = os.path.join(TESTS, "debuggees", "python")
ALL = "time random files stdin subproc sock hash gc fork late mmap sqlite signal wakeup asyncio numpy shared".split()
THREADED = sorted(name[:-3] for name in os.listdir(PROGRAMS) if name.startswith("threads_"))
ARGUMENTS = {"threads_philosophers": ["polite"]}
CHECKPOINT_EVERY = 0.02


class EchoServer:
    """A peer with unpredictable answers, in this process."""

    def __enter__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self.serve, daemon=True).start()
        return str(self.listener.getsockname()[1])

    def serve(self):
        while True:
            try:
                peer = self.listener.accept()[0]
            except OSError:
                return
            peer.sendall(b"%r %s\n" % (peer.recv(100), os.urandom(4).hex().encode()))
            peer.close()

    def __exit__(self, *exception):
        self.listener.close()


def agent_command(agent, python, program, arguments, eager=False):
    if agent == "mini":
        return [python, os.path.join(driver.HERE, "mini_agent.py"), program, *arguments]
    import json
    package = os.path.join(TESTS, "..", "src", "Fred.Backends", "python", "fred_agent")
    options = {"program": program, "module": None, "args": arguments, "trace_library": [], "eager_switching": eager}
    return [python, os.path.normpath(package), json.dumps(options)]


def globals_of(session, process):
    inspector = session.inspect(process)
    if session.agent == "mini":
        return inspector.ask(op="globals")["value"]
    expression = ("{k: repr(v) for k, v in __import__('sys').modules['__main__'].__dict__.items()"
                  " if not k.startswith('__') and type(v).__name__ != 'module'}")
    answer = inspector.ask(op="eval", expr="__import__('json').dumps(" + expression + ")", activation="module:__main__")
    return answer["value"]


def run_to_end(process, *options):
    stop = process.run(*options)
    while stop["reason"] == "limit":
        stop = process.run()
    return stop


def compare(session, source, end, want, problems):
    """Replays from one checkpoint: to the end, and to the last tick for its state."""
    replica = session.replica(source) if source is not None else session.spawn("replay", "null")
    name = "exec" if source is None else "tick %d" % source.tick
    stop = replica.stop if replica.tick == end else run_to_end(replica)
    got = (stop["tick"], session.event_hash(replica))
    if got != want["end"]:
        problems.append("%s: %s at %s instead of %s" % (name, stop["reason"], got, want["end"]))
    elif globals_of(session, replica) != want["globals"]:
        problems.append("%s: globals differ" % name)
    replica.send("exit")
    replica.close()


def compare_anywhere(session, sources, end, problems):
    """The state at a tick must not depend on where the replay began."""
    for tick in sorted(random.sample(range(1, end), min(4, end - 1))):
        states = []
        for source in (sources[0], max((s for s in sources if s.tick <= tick), key=lambda s: s.tick)):
            replica = session.replica(source)
            replica.run("limit=%d" % tick)
            states.append((replica.tick, session.event_hash(replica), globals_of(session, replica)))
            replica.send("exit")
            replica.close()
        if states[0] != states[1]:
            problems.append("tick %d: depends on the checkpoint" % tick)


def has_numpy(python):
    return subprocess.run([python, "-c", "import numpy"], stderr=subprocess.DEVNULL).returncode == 0


def verify(native, agent, python, name, mode):
    program = os.path.join(PROGRAMS, (name if name in THREADED else "nondet_%s" % name) + ".py")
    with tempfile.TemporaryDirectory() as scratch, EchoServer() as port:
        files = {kind: os.path.join(scratch, kind) for kind in ("stdin", "stdout", "stderr")}
        with open(files["stdin"], "w") as stdin:
            stdin.write("bob\nsmith\n1 2 3\n4 5\n")
        redirect = [word for kind, path in files.items() for word in ("--" + kind, path)]
        command = agent_command(agent, python, program, ARGUMENTS.get(name, [port] if name == "sock" else []), any(each.startswith("schedule") for each in mode))
        with driver.Session(command, native, ("hash=1", *mode), redirect, ["OPENBLAS_NUM_THREADS=1"]) as session:
            session.agent = agent
            head = session.spawn()
            checkpoints = [session.checkpoint(head)]
            more, stop = session.run_with_checkpoints(head, CHECKPOINT_EVERY / 10 if name in THREADED else CHECKPOINT_EVERY)
            checkpoints += more[:: max(1, len(more) // 10)]
            size = os.path.getsize(files["stdout"])
            want = {"end": (stop["tick"], session.event_hash(head)), "globals": globals_of(session, head)}
            problems = []
            for source in [None, *checkpoints]:
                try:
                    compare(session, source, stop["tick"], want, problems)
                except (driver.ProtocolError, EOFError, OSError) as error:
                    problems.append("%s: %r" % ("exec" if source is None else source.tick, error))
            compare_anywhere(session, checkpoints, stop["tick"], problems)
            if os.path.getsize(files["stdout"]) != size:
                problems.append("replicas wrote output")
            if stop["reason"] != "exit" or (name != "signal" and head.notices):
                problems.append("%s %s" % (stop, head.notices))
            print("%s %-8s ticks %-7d log %5d KB  checkpoints %-3d %s" % (
                "not ok" if problems else "ok", name, stop["tick"], stop["cursor"] // 1024, len(checkpoints), "; ".join(problems[:3])), flush=True)
            if problems and stop["reason"] != "exit":
                print(open(files["stderr"]).read()[-1500:])
            return not problems


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("native")
    parser.add_argument("--agent", default="mini", choices=("mini", "real"))
    parser.add_argument("--python", action="append")
    parser.add_argument("--gc", default="freeze")
    parser.add_argument("--times", type=int, default=1, help="record each program so often")
    parser.add_argument("--load", type=int, default=0, help="processes that compute meanwhile")
    parser.add_argument("--schedule", help="random: a random schedule with another seed each time")
    parser.add_argument("names", nargs="*")
    options = parser.parse_args()
    with busy(options.load):
        return 0 if run_all(options, parser) else 1


@contextlib.contextmanager
def busy(count):
    burners = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(count)]
    try:
        yield
    finally:
        for burner in burners:
            burner.kill()
            burner.wait()


def run_all(options, parser):
    good = True
    for python in options.python or ["/usr/bin/python3"]:
        print("#", python)
        for name in options.names or ALL + THREADED:
            if name not in ALL and name not in THREADED:
                parser.error("no such program: %s (there are %s)" % (name, ", ".join(ALL + THREADED)))
            if name == "numpy" and not has_numpy(python):
                print("skip numpy: this Python has no numpy (Debian: python3-numpy)", flush=True)
                continue
            for number in range(options.times):
                schedule = ("schedule=random:%d" % number,) if options.schedule == "random" else ()
                try:
                    good &= verify(os.path.abspath(options.native), options.agent, python, name, ("gc=" + options.gc, *schedule))
                except (driver.ProtocolError, EOFError, OSError) as error:
                    good = False
                    print("not ok %-8s %r" % (name, error), flush=True)
    return good


if __name__ == "__main__":
    sys.exit(main())
