"""CPython's tarfile before 3.8.5 (CVE-2019-20907): a record of length 0 in a pax header is read for ever."""
import re

RECORD = re.compile(r"(\d+) ([^=]+)=")
HEADER = "20 path=some/long/n\n14 size=12345\n00 uid=1\n"


def read_records(text):
    records = {}
    position = 0
    while position < len(text):
        match = RECORD.match(text, position)
        if match is None:
            break
        length = int(match.group(1))
        records[match.group(2)] = text[match.end():position + length - 1]
        position += length
    return records


print(read_records(HEADER))
