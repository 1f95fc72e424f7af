"""POSIX semaphores as a library in C uses them, without the interpreter lock: deadlines, and too many tokens."""
import ctypes
import errno
import threading

libc = ctypes.CDLL(None, use_errno=True)


class Time(ctypes.Structure):
    _fields_ = [("seconds", ctypes.c_long), ("nanoseconds", ctypes.c_long)]


def semaphore(tokens):
    memory = ctypes.create_string_buffer(32)
    libc.sem_init(memory, 0, tokens)
    return memory


def state(memory):
    return [int.from_bytes(memory.raw[i:i + 4], "little") for i in (0, 4)]


def tried(function, *arguments):
    return errno.errorcode[ctypes.get_errno()] if function(*arguments) else "done"


def hand_over():
    for _ in range(200):
        libc.sem_wait(ping)
        libc.sem_post(pong)


ping, pong, never, full = semaphore(0), semaphore(0), semaphore(0), semaphore(0x7FFFFFFF)
worker = threading.Thread(target=hand_over)
worker.start()
turns = 0
for _ in range(200):
    libc.sem_post(ping)
    turns += libc.sem_wait(pong) == 0
worker.join()

answers = [tried(libc.sem_timedwait, never, ctypes.byref(Time(1, 0))), tried(libc.sem_timedwait, never, ctypes.byref(Time(1, -1))),
           tried(libc.sem_clockwait, never, 1, ctypes.byref(Time(1, 0))), tried(libc.sem_post, full)]
libc.sem_post(never)
answers.append(tried(libc.sem_timedwait, never, ctypes.byref(Time(1, 0))))
print(turns, state(never), answers)
assert (turns, state(never)) == (200, [0, 0])
assert answers == ["ETIMEDOUT", "EINVAL", "ETIMEDOUT", "EOVERFLOW", "done"]
