"""The least agent libfred can be tested with: one probe per statement, calls and returns not marked.

usage (as the program of fred-launcher): python mini_agent.py PROGRAM ARGUMENTS...
"""
import ast
import builtins
import ctypes
import json
import os
import sys
import types

LIB = ctypes.PyDLL(None)
LIB.fred_probe.restype = ctypes.py_object
LIB.fred_probe.argtypes = [ctypes.c_int] * 4 + [ctypes.c_char_p] + [ctypes.c_int] * 2
LIB.fred_start.argtypes = [ctypes.py_object]
LIB.fred_tick.restype = ctypes.c_longlong
MARK = "\0fred "
WATCH = None


def probe(node, kinds=2, enters=0, function="<module>"):
    text = MARK + repr((node.lineno, node.end_lineno, node.lineno, function, kinds, enters))
    return ast.UnaryOp(ast.USub(), ast.Constant(text))


class Instrumenter(ast.NodeTransformer):
    function = "<module>"

    def block(self, body, entering=None, skip_first=False):
        out = []
        for index, statement in enumerate(body):
            skip = (skip_first and index == 0 and isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)) or (
                isinstance(statement, ast.ImportFrom) and statement.module == "__future__")
            if not skip:
                kinds = 3 if entering == "function" else 2
                out.append(ast.copy_location(ast.Expr(probe(statement, kinds, int(entering is not None), self.function)), statement))
                entering = None
            out.append(self.visit(statement))
        return out

    def visit_Module(self, node):
        node.body = self.block(node.body, "module", True)
        return node

    def visit_ClassDef(self, node):
        outer, self.function = self.function, node.name
        node.body = self.block(node.body, "class", True)
        self.function = outer
        return node

    def visit_FunctionDef(self, node):
        outer, self.function = self.function, node.name
        node.body = self.block(node.body, "function", True)
        self.function = outer
        return node

    visit_AsyncFunctionDef = visit_FunctionDef

    def visit_While(self, node):
        node.test = ast.copy_location(ast.BoolOp(ast.And(), [probe(node, function=self.function), node.test]), node.test)
        return self.bodies(node)

    def bodies(self, node):
        for name in ("body", "orelse", "finalbody"):
            if getattr(node, name, None):
                setattr(node, name, self.block(getattr(node, name)))
        for handler in getattr(node, "handlers", ()):
            handler.body = self.block(handler.body)
        return node

    visit_For = visit_AsyncFor = visit_If = visit_With = visit_AsyncWith = visit_Try = visit_TryStar = bodies


def with_probes(code, file):
    constants = []
    for constant in code.co_consts:
        if isinstance(constant, str) and constant.startswith(MARK):
            line, end, call, function, kinds, enters = ast.literal_eval(constant[len(MARK):])
            constant = LIB.fred_probe(file, line, end, call, function.encode(), kinds, enters)
        elif isinstance(constant, types.CodeType):
            constant = with_probes(constant, file)
        constants.append(constant)
    return code.replace(co_consts=tuple(constants))


def instrument(path):
    with open(path, "rb") as source:
        tree = ast.parse(source.read(), path)
    tree = ast.fix_missing_locations(Instrumenter().visit(tree))
    file = LIB.fred_file(path.encode())
    code = with_probes(compile(tree, path, "exec", dont_inherit=True), file)
    LIB.fred_file_done(file)
    return code


def frames():
    frame, out = sys._getframe(2), []
    while frame is not None and frame.f_code.co_filename == __file__:
        frame = frame.f_back
    while frame is not None and frame.f_code.co_filename != __file__:
        out.append(frame)
        frame = frame.f_back
    return out


def inspector(fd, stop):
    stream = os.fdopen(fd, "r")
    user = frames()
    for line in stream:
        request = json.loads(line)
        answer = {"id": request["id"], "ok": True}
        try:
            if request["op"] == "eval":
                scope = user[request.get("frame", 0)] if user else None
                spaces = (scope.f_globals, scope.f_locals) if scope else (sys.modules["__main__"].__dict__,)
                answer["value"] = repr(eval(request["expr"], *spaces))
            elif request["op"] == "stop":
                answer["stop"] = stop
                answer["frames"] = [[frame.f_code.co_name, frame.f_lineno] for frame in user]
            elif request["op"] == "globals":
                names = sys.modules["__main__"].__dict__.items()
                answer["value"] = {k: repr(v) for k, v in names if not k.startswith("__") and not isinstance(v, types.ModuleType)}
        except BaseException as error:
            answer["error"] = repr(error)
        os.write(fd, (json.dumps(answer) + "\n").encode())
    os._exit(0)


def callback(op, number, text):
    global WATCH
    if op == "inspector":
        inspector(number, json.loads(text))
    if op == "watch":
        try:
            WATCH = compile(text.strip(), "<watch>", "eval")
        except SyntaxError as error:
            return str(error)
        return ""
    if op in ("truth", "condition"):
        try:
            if op == "condition":
                frame = frames()[0]
                return int(bool(eval(text, frame.f_globals, frame.f_locals)))
            return int(bool(eval(WATCH, sys.modules["__main__"].__dict__)))
        except Exception:
            return 2 if op == "truth" else -1
    if op == "exec":
        frame = frames()[number]
        try:
            exec(text, frame.f_globals, frame.f_locals)
        except Exception as error:
            return "error\n" + repr(error)
        return "ok"
    return None


def calibrate(i):
    LIB.fred_calibrate(i)
    if i < 3:
        calibrate(i + 1)


def main():
    path = os.path.abspath(sys.argv[1])
    sys.argv = sys.argv[1:]
    sys.path[0] = os.path.dirname(path)
    module = types.ModuleType("__main__")
    module.__file__ = path
    module.__builtins__ = builtins
    sys.modules["__main__"] = module
    code = instrument(path)
    calibrate(0)
    assert LIB.fred_calibrate_done() and LIB.fred_active()
    LIB.fred_start(callback)
    status, kind, detail = 0, 0, ""
    try:
        exec(code, module.__dict__)
    except SystemExit as leaving:
        status = leaving.code if isinstance(leaving.code, int) else 0
    except BaseException as error:
        sys.excepthook(*sys.exc_info())
        status, kind, detail = 1, 1, repr(error)
    sys.stdout.flush()
    LIB.fred_end(kind, status, detail.encode())
    sys.exit(status)


main()
