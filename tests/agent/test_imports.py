"""Which modules get probes, and how they get them."""

import os
import sys
import tempfile
import types
import unittest
from typing import Any

import support
import importlib._bootstrap_external as importlib_external
from fred_agent.cache import CodeCache
from fred_agent.imports import AGENT_DIRECTORY, UserCode


class WhoIsUser(unittest.TestCase):
    def test_by_place(self) -> None:
        user = UserCode(support.FakeClock(), CodeCache(None))
        self.assertTrue(user.is_user("/home/me/prog.py"))
        self.assertTrue(user.is_user("relative.py"))
        for path in (os.__file__, "/x/site-packages/pkg/a.py", "/usr/lib/python3/dist-packages/numpy/a.py", "<string>", "<frozen os>", AGENT_DIRECTORY + "runner.py"):
            self.assertFalse(user.is_user(path), path)

    def test_main_always_is(self) -> None:
        user = UserCode(support.FakeClock(), CodeCache(None))
        user.main_path = os.__file__
        self.assertTrue(user.is_user(os.__file__))

    def test_patterns(self) -> None:
        user = UserCode(support.FakeClock(), CodeCache(None), ["json.*", "*/site-packages/pkg/*"])
        import json.decoder
        self.assertTrue(user.is_user(json.decoder.__file__, "json.decoder"))
        self.assertFalse(user.is_user(json.__file__, "json"))
        self.assertTrue(user.is_user("/x/site-packages/pkg/a.py", "pkg.a"))
        self.assertFalse(user.is_user(AGENT_DIRECTORY + "runner.py", "json.x"))


class Hook(unittest.TestCase):
    def setUp(self) -> None:
        plain = importlib_external.SourceFileLoader.get_code
        self.addCleanup(setattr, importlib_external.SourceFileLoader, "get_code", plain)
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = os.path.realpath(folder.name)
        sys.path.insert(0, self.folder)
        self.addCleanup(sys.path.remove, self.folder)
        self.clock = support.FakeClock()

    def write(self, name: str, text: str) -> None:
        with open(os.path.join(self.folder, name), "w", encoding="utf-8") as file:
            file.write(text)
        self.addCleanup(sys.modules.pop, name[:-3], None)

    def install(self, *patterns: str) -> UserCode:
        user = UserCode(self.clock, CodeCache(None), patterns)
        user.install()
        return user

    def test_user_modules_tick_and_library_modules_do_not(self) -> None:
        self.write("fred_test_mine.py", "import colorsys\nx = colorsys.rgb_to_hsv(0, 0, 0)\n")
        self.addCleanup(sys.modules.update, {"colorsys": sys.modules.pop("colorsys")} if "colorsys" in sys.modules else {})
        self.install()
        __import__("fred_test_mine")
        self.assertEqual([("line", 1), ("line", 2), ("return", 2)], [(event.kind, event.line) for event in self.clock.events])

    def test_a_loader_with_its_own_compiler_is_left_alone(self) -> None:
        self.write("fred_test_own.py", "x = 1\n")
        self.install()

        class Own(importlib_external.SourceFileLoader):
            def source_to_code(self, data: Any, path: Any, **_options: Any) -> Any:
                return compile("x = 'own'", path, "exec")

        path = os.path.join(self.folder, "fred_test_own.py")
        module = types.ModuleType("fred_test_own")
        Own("fred_test_own", path).exec_module(module)
        self.assertEqual("own", module.x)
        self.assertEqual([], self.clock.events)

    def test_failures_are_importlibs(self) -> None:
        self.write("fred_test_bad.py", "x = (\n")
        self.install()
        with self.assertRaises(SyntaxError) as caught:
            __import__("fred_test_bad")
        names = []
        traceback = caught.exception.__traceback__
        while traceback is not None:
            names.append(traceback.tb_frame.f_code.co_filename)
            traceback = traceback.tb_next
        self.assertFalse([name for name in names if name.startswith(AGENT_DIRECTORY)])

    def test_loaded_modules_are_adopted_by_pattern(self) -> None:
        self.write("fred_test_loaded.py", "def f(x):\n    return x + 1\nclass C:\n    def m(self):\n        return 5\n")
        module = __import__("fred_test_loaded")
        instance = module.C()
        self.install("fred_test_loaded").adopt_loaded_modules()
        self.assertEqual((2, 5), (module.f(1), instance.m()))
        self.assertEqual(["f", "f", "f", "m", "m", "m"], [event.function for event in self.clock.events])


if __name__ == "__main__":
    unittest.main()
