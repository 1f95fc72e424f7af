"""Programs of the distribution, unmodified: the same output as without Fred, and from every checkpoint the same end."""
import os
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from cases import NativeCase  # noqa: E402

LIBC = "/usr/lib/x86_64-linux-gnu/libc.so.6"
PROGRAMS = {
    "gzip": ["-c", LIBC],
    "xz": ["-1", "-c", LIBC],
    "bzip2": ["-c", "/bin/ls"],
    "awk": ["BEGIN { for (i = 0; i < 300000; i++) { s += i % 7; t[i % 100] = s } print s, length(t) }"],
    "bc": [],
    "sqlite3": [":memory:", "create table t(a integer, b text); with recursive c(x) as (select 1 union all select x + 1 from c where x < 20000) "
                "insert into t select x, hex(x * x) from c; select count(*), sum(a), max(b) from t where b like '%1%';"],
    "perl": ["-e", "my %h; for my $i (1..100000) { $h{$i % 1000} .= chr(65 + $i % 26) } print join(',', map { length $h{$_} } sort keys %h), rand() < 2, time() > 0, \"\\n\""],
    "python3": ["-I", "-c", "import json, random, time; random.seed(1); d = {str(i): random.random() for i in range(20000)}; print(len(json.dumps(d)), time.time() > 0, hash('x') != 1)"],
    "objdump": ["-d", "/bin/true"],
    "sort": ["/etc/passwd"],
    "ls": ["-la", "/usr"],
    "sha256sum": [LIBC],
    "git": ["--version"],
    "grep": ["-cP", r"(\w+)\d(?=0)\b.*[a-f]{2}\s.*$"],  # compiles its pattern to machine code, in memory that stays writable
}
INPUT = {"bc": b"scale=300\n4*a(1)\nfor (i = 0; i < 200; i++) { x = x + i^3 }\nx\n", "grep": b"".join(b"line %d of%d0 in %x here\n" % (i, i * 7919 % 10007, i * i) for i in range(20000))}
CHECKPOINT_EVERY = 0.04
REPLAYED = 4


class RealPrograms(NativeCase):
    def prepare(self, name):
        """The command, and what it does without Fred."""
        command = [os.path.join("/usr/bin", name), *PROGRAMS[name]]
        with open(self.path("input"), "wb") as file:
            file.write(INPUT.get(name, b""))
        with open(self.path("input"), "rb") as stdin:
            return command, subprocess.run(command, stdin=stdin, capture_output=True, check=False)

    def record(self, name, *options):
        """From its entry to its end; the checkpoints, the first one at the entry, and the end."""
        command, straight = self.prepare(name)
        head = self.start(command, options, self.path("input"))
        start = self.session.checkpoint(head)
        checkpoints, end = self.session.run_with_checkpoints(head, CHECKPOINT_EVERY)
        self.assertEqual(("exit", str(straight.returncode)), (end["reason"], end["detail"]))
        self.assertEqual([], head.notices)
        self.assertEqual(straight.stdout, self.output())
        return [start, *checkpoints], end

    def replay(self, checkpoints, end, fields):
        """From a few of them to the end; nothing is written again."""
        written = self.output()
        for checkpoint in checkpoints[:: max(1, len(checkpoints) // REPLAYED)]:
            replica = self.session.replica(checkpoint)
            stop = replica.run()
            self.assertEqual({name: end[name] for name in fields}, {name: stop[name] for name in fields}, checkpoint.tick)
            self.assertEqual(self.head.read(end["sp"], 8192), replica.read(end["sp"], 8192))
            replica.send("exit")
        self.assertEqual(written, self.output())

    def run_translated(self, name):
        checkpoints, end = self.record(name)
        self.replay(checkpoints, end, ("reason", "tick", "cursor", "pc", "sp", "detail"))

    def run_at_full_speed(self, name):
        """Each checkpoint is found in the run from the one before, and so is the end."""
        checkpoints, end = self.record(name, "head=native")
        for known, unknown in zip(checkpoints, [*checkpoints[1:], self.head]):
            end["tick"] = self.session.locate(known, unknown)
            unknown.ask_for("ok", "tick", end["tick"])
        self.replay(checkpoints, end, ("reason", "tick", "cursor", "pc", "sp", "detail"))


def add(name):
    present = os.path.exists(os.path.join("/usr/bin", name))
    for way in ("translated", "at_full_speed"):
        @unittest.skipUnless(present, "there is no " + name)
        def test(self, way=way):
            getattr(self, "run_" + way)(name)

        setattr(RealPrograms, "test_%s_%s" % (name, way), test)


for each in PROGRAMS:
    add(each)

if __name__ == "__main__":
    unittest.main()
