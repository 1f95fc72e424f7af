"""CPython's zipfile before 3.12.6 (CVE-2024-8088): the parents of a name that begins with two slashes never end."""
import posixpath


def ancestors(path):
    count = 0
    path = path.rstrip("/")
    while path and path != "/":
        count += 1
        path, tail = posixpath.split(path)
    return count


def directories(names):
    found = 0
    for name in names:
        found += ancestors(name)
    return found


print(directories(["docs/a.txt", "src/x/y.py", "//evil/z"]))
