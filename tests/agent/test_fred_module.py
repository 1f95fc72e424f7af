"""The module `fred` as a program sees it, where no session drives it, and its sessions on disk. Under `fred python` it is tested end to end, under DMTCP in test_under_dmtcp.py."""

import os
import tempfile
import unittest
from typing import Any
from unittest import mock

import support  # noqa: F401  (finds the module)
import fred
from fred import _graphics, _store


class Outside(unittest.TestCase):
    """A program that runs under nothing."""

    def test_says_so(self) -> None:
        self.assertFalse(fred.is_enabled())
        self.assertEqual([], fred.list_sessions())
        self.assertEqual(0, fred.num_checkpoints())
        self.assertFalse(fred.is_resume() or fred.is_restart())
        self.assertEqual({}, fred.restart_arguments())
        for call in (lambda: fred.checkpoint(), lambda: fred.restore("x"), lambda: fred.remove_session("x"), lambda: fred.save_workspace("x"), lambda: fred.start_graphics(), lambda: fred.show_graphics()):
            with self.assertRaisesRegex(fred.NotEnabled, "fred workspace run"):
                call()

    def test_what_a_screen_needs_is_said(self) -> None:
        with tempfile.TemporaryDirectory() as folder, mock.patch.dict(os.environ, PATH=folder):
            with self.assertRaisesRegex(fred.GraphicsFailed, "apt-get install tigervnc-standalone-server"):
                _graphics.start("640x480", folder)
            for script, text in (("exit 1", "server.log says why"), ("", "too long")):
                path = os.path.join(folder, "Xtigervnc")
                with open(os.open(path, os.O_WRONLY | os.O_CREAT, 0o700), "w") as file:
                    file.write("#!/bin/sh\n%s\n" % script)
                parent = folder if script else os.path.join(folder, "x" * 100)
                os.makedirs(parent, exist_ok=True)
                with self.assertRaisesRegex(fred.GraphicsFailed, text):
                    _graphics.start("640x480", parent)

    def test_hooks_and_blocks_do_no_harm(self) -> None:
        self.assertIs(len, fred.on_restart(len))
        with fred.no_checkpoint():
            pass
        fred._state.restart.remove(len)

    def test_names(self) -> None:
        from fred._sessions import new_id
        self.assertEqual("session-3", new_id(None, ["session-1", "session-2", "x"]))
        self.assertEqual("a.b-C_9", new_id("a.b-C_9", []))
        for bad in ("", ".x", "a/b", "a b", "x" * 65, 3):
            with self.assertRaises(ValueError):
                new_id(bad, [])  # type: ignore[arg-type]
        with self.assertRaisesRegex(ValueError, "already"):
            new_id("x", ["x"])

    def test_has_annotations_for_type_checkers(self) -> None:
        self.assertTrue(os.path.exists(os.path.join(os.path.dirname(fred.__file__), "py.typed")))
        for name in fred.__all__:
            self.assertTrue(getattr(fred, name).__doc__, name)


class OnDisk(unittest.TestCase):
    """The store, with images that are none."""

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.store = _store.Store(os.path.join(os.path.realpath(folder.name), "workspaces"))

    def saved(self, name: str, **facts: Any) -> str:
        path = self.store.path(self.store.reserve(name))
        with open(os.path.join(path, _store.IMAGE), "wb") as file:
            file.write(b"DMTCP_CHECKPOINT_IMAGE_v4.0" + bytes(10_000))
        _store.describe(path, **{"path": path, "created": 1.0, "sizes": {_store.IMAGE: 10_027}, **facts})
        return path

    def test_lists_the_complete_ones_in_order(self) -> None:
        self.saved("b", created=1.0)
        self.saved("a", created=2.0)
        self.store.reserve("never-finished")
        self.assertEqual(["b", "a"], [each.id for each in self.store.sessions()])
        self.store.remove("b")
        self.assertEqual(["a"], [each.id for each in self.store.sessions()])
        self.assertEqual(0o700, os.stat(self.store.path("a")).st_mode & 0o777)

    def test_names_are_no_paths(self) -> None:
        for name in ("..", "", ".", "a/b", "nowhere"):
            with self.assertRaises(fred.NoSuchSession):
                self.store.require(name)

    def test_what_cannot_be_restored_is_refused_with_the_reason(self) -> None:
        path = self.saved("a")
        self.assertEqual([os.path.join(path, _store.IMAGE)], _store.check(path))
        self.refused(path, "moved", path="/elsewhere")
        self.refused(path, "10027 bytes where 20000", sizes={_store.IMAGE: 20_000}, path=path)
        self.refused(path, "other.dmtcp is missing", sizes={"other.dmtcp": 20_000})
        _store.describe(path, sizes={_store.IMAGE: 10_027})
        os.truncate(os.path.join(path, _store.IMAGE), 9_000)
        self.refused(path, "damaged")
        os.remove(os.path.join(path, _store.IMAGE))
        self.refused(path, "missing")
        _store.describe(path, sizes={})
        self.refused(path, "nothing was saved")
        with open(os.path.join(path, _store.DESCRIPTION), "w") as file:
            file.write("{")
        self.refused(path, "no workspace")

    def refused(self, folder: str, why: str, **facts: Any) -> None:
        if facts:
            _store.describe(folder, **facts)
        with self.assertRaisesRegex(fred.ImageUnusable, why):
            _store.check(folder)

    def test_a_directory_in_use_is_not_taken(self) -> None:
        path = self.saved("a")
        with self.assertRaisesRegex(ValueError, "not empty"):
            _store.create(path)
        with self.assertRaisesRegex(ValueError, "already"):
            self.store.reserve("a")


if __name__ == "__main__":
    unittest.main()
