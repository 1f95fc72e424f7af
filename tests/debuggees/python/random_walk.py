"""Everything that differs from run to run: time, random, urandom, uuid, secrets, hash seeds, ids, set order."""
import os
import random
import secrets
import time
import uuid


class Walker:
    def __init__(self):
        self.x = self.y = 0
        self.trail = []

    def step(self):
        dx, dy = random.choice([(0, 1), (1, 0), (0, -1), (-1, 0)])
        self.x += dx
        self.y += dy
        self.trail.append((self.x, self.y))


started = time.time()
walkers = {Walker() for _ in range(5)}
for walker in walkers:
    for _ in range(random.randint(5, 15)):
        walker.step()
order = [id(walker) % 1009 for walker in walkers]
words = {"".join(random.sample("abcdef", 4)) for _ in range(6)}
token = secrets.token_hex(4)
print(len(order), list(words)[:2], token, uuid.uuid4().hex[:6], os.urandom(3).hex())
elapsed = time.perf_counter()
time.sleep(0.002)
elapsed = time.perf_counter() - elapsed
farthest = max((abs(x) + abs(y), x, y) for walker in walkers for x, y in walker.trail)
print("farthest", farthest, elapsed > 0.001, time.time() >= started)
