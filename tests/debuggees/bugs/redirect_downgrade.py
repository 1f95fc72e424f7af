"""requests before 2.20.0 (CVE-2018-18074): a redirect from https to http on the same host keeps the Authorization header."""

ANSWERS = {
    "https://shop.example/orders": "https://shop.example/orders/",
    "https://shop.example/orders/": "http://shop.example/orders/",
    "http://shop.example/orders/": None,
}


def hostname(url):
    return url.split("/")[2]


def rebuild_auth(headers, old, new):
    if hostname(old) != hostname(new):
        headers.pop("Authorization", None)


def follow(url, headers):
    hops = 0
    while True:
        location = ANSWERS[url]
        if location is None:
            return url, hops
        rebuild_auth(headers, url, location)
        url = location
        hops += 1


print(follow("https://shop.example/orders", {"Accept": "*/*", "Authorization": "Basic c2VjcmV0"}))
