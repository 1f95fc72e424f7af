"""Signals: an interval timer in a busy loop, os.kill to itself, KeyboardInterrupt, an interrupted sleep."""
import os
import signal
import time

ticks = []


def on_alarm(number, frame):
    ticks.append(frame.f_lineno > 0)
    if len(ticks) == 5:
        signal.setitimer(signal.ITIMER_REAL, 0)


signal.signal(signal.SIGALRM, on_alarm)
signal.setitimer(signal.ITIMER_REAL, 0.005, 0.005)
turns = 0
while len(ticks) < 5:
    turns += 1
signal.signal(signal.SIGUSR1, lambda number, frame: ticks.append("usr1"))
os.kill(os.getpid(), signal.SIGUSR1)
try:
    os.kill(os.getpid(), signal.SIGINT)
    time.sleep(1)
except KeyboardInterrupt:
    ticks.append("interrupt")
signal.signal(signal.SIGALRM, lambda number, frame: ticks.append("alarm"))
signal.setitimer(signal.ITIMER_REAL, 0.01)
time.sleep(0.05)
print(ticks, turns > 0)
