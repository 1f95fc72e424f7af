"""urllib3 before 1.23 (CVE-2018-20060): on the way to another host the Authorization header is removed by its exact spelling only."""
REMOVED = ("Authorization",)
ROUTES = {"api.example": "cdn.example", "cdn.example": "evil.example"}


def strip(headers):
    kept = {}
    for name, value in headers.items():
        if name not in REMOVED:
            kept[name] = value
    return kept


def request(host, headers):
    for _ in range(5):
        print("to %s: %s" % (host, ", ".join(sorted(headers))))
        target = ROUTES.get(host)
        if target is None:
            return
        headers = strip(headers)
        host = target


request("api.example", {"Accept": "*/*", "authorization": "Bearer secret"})
