"""CPython's email.utils before 3.7.5 (CVE-2019-16056): what follows a second @ of an address is not looked at, so a check of the domain can be passed by."""


class Parser:
    def __init__(self, text):
        self.text = text
        self.position = 0

    def word(self):
        begin = self.position
        while self.position < len(self.text) and self.text[self.position] not in "@,":
            self.position += 1
        return self.text[begin:self.position]

    def address(self):
        local = self.word()
        self.position += 1
        domain = self.word()
        return "%s@%s" % (local, domain)


def deliver(recipient):
    if not recipient.endswith("@important.example"):
        return "refused"
    target = Parser(recipient).address()
    print("mail to", target)
    return "sent"


for each in ("bob@important.example", "eve@elsewhere.example", "alice@evil.example@important.example"):
    deliver(each)
