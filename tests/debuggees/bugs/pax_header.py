"""CPython's tarfile before 3.8.5 (CVE-2019-20907): a record of length 0 in a pax header is read for ever."""
HEADER = "20 path=some/long/n\n14 size=12345\n00 uid=1\n"


def read_records(text):
    records = {}
    position = 0
    while position < len(text):
        number, _, rest = text[position:].partition(" ")
        length = int(number)
        keyword, _, value = rest.partition("=")
        records[keyword] = value[:length - len(number) - len(keyword) - 3]
        position += length
    return records


print(read_records(HEADER))
