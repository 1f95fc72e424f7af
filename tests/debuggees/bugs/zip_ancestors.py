"""CPython's zipfile before 3.12.6 (CVE-2024-8088): the parents of a name that begins with two slashes never end."""
import posixpath


def ancestors(path):
    found = []
    path = path.rstrip("/")
    while path and path != "/":
        found.append(path)
        path, tail = posixpath.split(path)
    return found


def directories(names):
    found = set()
    for name in names:
        found.update(ancestors(name))
    return found


print(len(directories(["docs/a.txt", "src/x/y.py", "//evil/z"])))
