import os
import sys

total = 0
for i in range(int(sys.argv[1])):
    total += i % 7
print("pid", os.getpid(), total)
while len(sys.argv) > 2:
    total += 1
