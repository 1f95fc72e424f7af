"""CPython's zipfile before 3.12.6 (CVE-2024-8088): the parents of a name that begins with two slashes never end."""
import posixpath


def ancestors(path):
    path = path.rstrip("/")
    while path and path != "/":
        yield path
        path, tail = posixpath.split(path)


def directories(names):
    found = set()
    for name in names:
        for parent in ancestors(name):
            found.add(parent)
    return found


print(len(directories(["docs/a.txt", "src/x/y.py", "//evil/z"])))
