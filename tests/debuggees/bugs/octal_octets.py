"""CPython's ipaddress before 3.9.5 (CVE-2021-29921): leading zeros are taken for decimal where the rest of the system takes them for octal."""


def parse_octet(text):
    if not text.isdigit() or len(text) > 4:
        raise ValueError(text)
    octet = int(text, 10)
    if octet > 255:
        raise ValueError(text)
    return octet


def parse(address):
    return [parse_octet(each) for each in address.split(".")]


def is_local(address):
    return parse(address)[0] in (10, 127)


for address in ("10.0.0.1", "192.0.2.7", "0177.0.0.1"):
    print(address, "local" if is_local(address) else "public")
