"""Mostly library code: json, re, textwrap, difflib. Argument: statements of a comparable pure-Python program, roughly."""
import difflib
import json
import re
import sys
import textwrap


def main(statements):
    data = {f"k{i}": [i, str(i), {"a": i * 1.5}] for i in range(50)}
    total = 0
    for _ in range(max(1, statements // 60_000)):
        text = json.dumps(data, indent=1)
        total += len(re.findall(r"\d+", text))
        total += len(textwrap.wrap(text[:2000], 40))
        total += len(list(difflib.unified_diff(text[:900].split(), text[30:900].split())))
    print(total)


main(int(sys.argv[1]))
