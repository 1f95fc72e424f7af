"""Dataclasses, properties, class methods, context managers and a custom exception; the run ends in an uncaught exception."""
from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field


class Overdrawn(Exception):
    pass


@dataclass
class Account:
    owner: str
    balance: int = 0
    history: list[int] = field(default_factory=list)

    @property
    def healthy(self) -> bool:
        return self.balance >= 0

    @classmethod
    def opened(cls, owner, deposit):
        account = cls(owner)
        account.move(deposit)
        return account

    def move(self, amount):
        self.balance += amount
        self.history.append(amount)


class Bank:
    def __init__(self):
        self.accounts: dict[str, Account] = {}

    def open(self, owner, deposit):
        self.accounts[owner] = Account.opened(owner, deposit)

    @contextmanager
    def transaction(self, *owners):
        saved = {owner: self.accounts[owner].balance for owner in owners}
        try:
            yield [self.accounts[owner] for owner in owners]
        except Overdrawn:
            for owner, balance in saved.items():
                self.accounts[owner].balance = balance
            raise
        finally:
            self.last = owners

    def transfer(self, source, target, amount):
        with self.transaction(source, target) as (giver, taker):
            giver.move(-amount)
            taker.move(amount)
            if not giver.healthy:
                raise Overdrawn(f"{source} lacks {-giver.balance}")

    def fee(self, amount):
        for account in self.accounts.values():
            account.move(-amount)


bank = Bank()
bank.open("ada", 100)
bank.open("bob", 30)
refused = 0
for source, target, amount in (("ada", "bob", 50), ("bob", "ada", 20), ("bob", "ada", 90), ("ada", "bob", 60)):
    try:
        bank.transfer(source, target, amount)
    except Overdrawn as error:
        refused += 1
        print("refused:", error)
for month in range(4):
    bank.fee(4)
print({owner: account.balance for owner, account in bank.accounts.items()}, "refused", refused)
assert all(account.healthy for account in bank.accounts.values()), "an account is overdrawn"
