"""Cached code is found exactly when nothing has changed, and a bad cache is as good as none."""

import os
import tempfile
import unittest
from unittest import mock

import support
from fred_agent.cache import CodeCache
from fred_agent.imports import UserCode
from fred_agent.instrument import instrument


class Cache(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.source = os.path.join(self.folder, "prog.py")
        self.write("def f(x):\n    return x + 1\nr = f(1)\n")
        self.cache = CodeCache(os.path.join(self.folder, "cache"))

    def write(self, text: str) -> None:
        with open(self.source, "w", encoding="utf-8") as file:
            file.write(text)

    def load(self):
        return self.cache.load(self.source, os.stat(self.source))

    def store(self) -> None:
        with open(self.source, "rb") as file:
            self.cache.store(self.source, os.stat(self.source), *instrument(file.read(), self.source))

    def test_round_trip(self) -> None:
        self.assertIsNone(self.load())
        self.store()
        code, specs = self.load()
        self.assertEqual(self.source, code.co_filename)
        self.assertEqual(3, len([spec for spec in specs if spec.function == "<module>"]))

    def test_changed_source_is_not_found(self) -> None:
        self.store()
        stat = os.stat(self.source)
        os.utime(self.source, ns=(stat.st_atime_ns, stat.st_mtime_ns + 1))
        self.assertIsNone(self.load())

    def test_rubbish_and_unwritable_places_do_no_harm(self) -> None:
        self.store()
        (name,) = os.listdir(os.path.join(self.folder, "cache"))
        for rubbish in (b"", b"nonsense", b"\xe3", b"i\x01\x00\x00\x00"):
            with open(os.path.join(self.folder, "cache", name), "wb") as file:
                file.write(rubbish)
            self.assertIsNone(self.load())
        CodeCache("/proc/nowhere").store(self.source, os.stat(self.source), *instrument("x = 1\n", self.source))
        self.assertIsNone(CodeCache(None).load(self.source, os.stat(self.source)))

    def test_no_temporary_files_stay(self) -> None:
        self.store()
        self.store()
        self.assertEqual(1, len(os.listdir(os.path.join(self.folder, "cache"))))

    def test_environment_decides(self) -> None:
        with mock.patch.dict(os.environ, {"FRED_CACHE": "0"}):
            self.assertIsNone(CodeCache.of_user()._directory)
        with mock.patch.dict(os.environ, {"XDG_CACHE_HOME": self.folder}):
            os.environ.pop("FRED_CACHE", None)
            self.assertEqual(os.path.join(self.folder, "fred", "python"), CodeCache.of_user()._directory)

    def test_loading_uses_it(self) -> None:
        first, second = support.FakeClock(), support.FakeClock()
        for clock in (first, second):
            exec(UserCode(clock, self.cache).load(self.source), {})
        self.assertEqual(first.events, second.events)
        with mock.patch("fred_agent.instrument.instrument", side_effect=AssertionError("parsed again")):
            exec(UserCode(support.FakeClock(), self.cache).load(self.source), {})


if __name__ == "__main__":
    unittest.main()
