"""Programs run under the agent exactly as under plain python: what they print, their status, what they can see of their start."""

import json
import os
import subprocess
import sys
import tempfile
import unittest
from typing import Dict, List, NamedTuple, Optional

import support

NATIVE = support.libfred()
AGENT = os.path.join(support.AGENT_DIR, "fred_agent")


class Result(NamedTuple):
    status: int
    output: str
    errors: str


@unittest.skipIf(NATIVE is None, "libfred cannot be built here (no C compiler)")
class Runner(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = os.path.realpath(folder.name)

    def write(self, name: str, text: str) -> str:
        path = os.path.join(self.folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path

    def run_in_folder(self, command: List[str], extra: Dict[str, str]) -> Result:
        environment = {"PATH": os.environ["PATH"], "HOME": self.folder, "PYTHONDONTWRITEBYTECODE": "1", "FRED_CACHE": "0", **extra}
        done = subprocess.run(command, cwd=self.folder, env=environment, capture_output=True, text=True, timeout=120, stdin=subprocess.DEVNULL, check=False)
        return Result(done.returncode, done.stdout, done.stderr)

    def under_agent(self, **options: object) -> Result:
        return self.run_in_folder([sys.executable, AGENT, json.dumps(options)], {"LD_PRELOAD": os.path.join(str(NATIVE), "libfred.so")})

    def same(self, program: str = "", *args: str, module: Optional[str] = None) -> Result:
        """Runs both ways; returns the agent's result after comparing."""
        if module is None:
            path = self.write("prog.py", program)
            plain = self.run_in_folder([sys.executable, "prog.py", *args], {})
            fred = self.under_agent(program="prog.py", args=args)
            del path
        else:
            plain = self.run_in_folder([sys.executable, "-m", module, *args], {})
            fred = self.under_agent(module=module, args=args)
        self.assertEqual(plain, fred)
        return fred

    def test_what_the_program_sees_of_its_start(self) -> None:
        self.write("other.py", "name = __name__, __file__, __package__, __spec__.name\n")
        result = self.same("import sys, other\nprint(__name__, __file__, __doc__, __package__, __spec__, type(__loader__), __loader__.path)\n"
                           "print(sys.argv, sys.path, sorted(globals()), other.name, __builtins__)\n", "a", "b c")
        self.assertEqual(0, result.status, result.errors)

    def test_modules_loaded_are_those_of_plain_python(self) -> None:
        self.write("code.py", "mine = 1\n")
        self.write("json.py", "mine = 2\n")
        self.same("import code, json, cmd\nprint(code.mine, json.mine, cmd.__file__)\n")
        self.same("import sys\nnames = set(sys.modules) - {'gc'}\nprint([n for n in ('pdb', 'inspect', 're', 'json', 'typing', 'readline') if n in names])\n")

    def test_bytecode_is_not_written_where_it_is_not_wanted(self) -> None:
        self.write("helper.py", "x = 1\n")
        self.same("import helper, sys\nprint(sys.dont_write_bytecode)\n")
        self.assertFalse(os.path.exists(os.path.join(self.folder, "__pycache__")))

    def test_uncaught_exceptions(self) -> None:
        self.same("def f(x):\n    return 1 / x\ntry:\n    f(0)\nexcept ZeroDivisionError as e:\n    raise KeyError('k') from e\n")
        self.same("import sys\nsys.excepthook = lambda *a: print('hook', a[0].__name__)\nraise ValueError('v')\n")
        self.same("import sys\ndef hook(*a): raise RuntimeError('bad hook')\nsys.excepthook = hook\nraise ValueError('v')\n")
        self.same("class E(Exception):\n    def __str__(self): raise TypeError\nraise E()\n")
        self.same("exec('x = (')\n")
        self.same("import atexit\natexit.register(print, 'bye')\nprint('first', flush=False)\n[][1]\n")

    def test_exits(self) -> None:
        for source in ("raise SystemExit", "raise SystemExit(3)", "raise SystemExit('text')", "import sys; sys.exit(-1)", "import sys; sys.exit(None)",
                       "import os; os._exit(7)", "import sys; sys.exit([1, 2])", "import sys; sys.exit(256)"):
            with self.subTest(source):
                self.same(source + "\n")

    def test_end_of_the_program(self) -> None:
        self.same("import atexit, threading, sys\natexit.register(lambda: print('exit 1'))\natexit.register(lambda: print('exit 2'))\n"
                  "class D:\n    def __del__(self): print('deleted')\nd = D()\nt = threading.Thread(target=lambda: print('thread'))\nt.start()\nprint('end')\n")

    def test_failed_imports(self) -> None:
        self.write("broken.py", "x = (1,\ny = 2\n")
        self.write("raising.py", "def f():\n    raise ImportError('mine')\nf()\n")
        self.same("import broken\n")
        self.same("import raising\n")
        self.same("import nowhere\n")

    def test_modules(self) -> None:
        self.write("pkg/__init__.py", "print('init', __name__)\n")
        self.write("pkg/__main__.py", "import sys\nfrom . import sub\nprint(__name__, __package__, __spec__.name, sys.argv[1:], sys.path[0], sub.x)\n1 / 0\n")
        self.write("pkg/sub.py", "x = __name__\n")
        self.same("", "a", module="pkg")
        self.same("", "a", module="pkg.sub")
        self.same("", module="pkg.nothing")
        self.same("", "--help", module="json.tool")

    def test_library_features_work_on_probed_code(self) -> None:
        self.same("import inspect, pickle, copy, dataclasses, doctest\n"
                  "def f(x):\n    '''\n    >>> f(1)\n    2\n    '''\n    return x + 1\n"
                  "@dataclasses.dataclass\nclass P:\n    x: int = 1\n"
                  "print(inspect.getsource(f), pickle.loads(pickle.dumps(f))(1), copy.deepcopy(P()), pickle.loads(pickle.dumps(P(3))), inspect.signature(f))\n"
                  "print(doctest.testmod())\n")

    def test_multiprocessing_children(self) -> None:
        self.same("import multiprocessing\ndef square(x):\n    return x * x\nif __name__ == '__main__':\n    multiprocessing.set_start_method('fork')\n"
                  "    with multiprocessing.Pool(2) as pool:\n        print(pool.map(square, range(4)))\n")

    def test_start_errors(self) -> None:
        report = os.path.join(self.folder, "report")
        self.write("bad.py", "x = 1\nif x\n    y = 2\n")
        self.write("latin.py", "x = 1\n")
        with open(os.path.join(self.folder, "latin.py"), "wb") as file:
            file.write(b"x = '\xe9'\n")
        cases = [({"program": "bad.py"}, "syntax", 2), ({"program": "missing.py"}, "not-found", 0), ({"program": "."}, "other", 0),
                 ({"program": "latin.py"}, "syntax", None), ({"module": "no_such_module"}, "not-found", 0)]
        for options, kind, line in cases:
            with self.subTest(options):
                result = self.under_agent(start_error=report, **options)
                self.assertEqual(Result(64, "", ""), result)
                with open(report, encoding="utf-8") as file:
                    told = json.load(file)
                self.assertEqual(kind, told["error"])
                if line is not None:
                    self.assertEqual(line, told["line"])
        self.assertIn("FRED-START-ERROR {", self.under_agent(program="missing.py").errors)


if __name__ == "__main__":
    unittest.main()
