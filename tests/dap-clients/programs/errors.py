import contextlib
import json


def risky(n):
    if n == 3:
        raise ValueError("bad %d" % n)
    return 10 // (n - 1)


total = 0
for i in range(5):
    try:
        total += risky(i)
    except ZeroDivisionError:
        total += 100
    except ValueError as error:
        total += 1000
    finally:
        total += 1
with contextlib.suppress(KeyError):
    raise KeyError("suppressed")
try:
    json.loads("{")
except Exception:
    pass
{}["missing"]
