"""POSIX semaphores as a library in C uses them, without the interpreter lock: deadlines, too many tokens, and a thread that is
cancelled in its wait; a change of user, which libc makes in each thread."""
import ctypes
import errno
import os
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

cancelled, result = ctypes.c_ulong(), ctypes.c_void_p()
libc.pthread_create(ctypes.byref(cancelled), None, libc.sem_wait, never)
while state(never)[1] == 0:
    libc.usleep(100)
waiting = state(never)
libc.pthread_cancel(cancelled)
libc.pthread_join(cancelled, ctypes.byref(result))
ended = result.value == 2 ** 64 - 1

done = threading.Event()
worker = threading.Thread(target=done.wait)
worker.start()
os.setuid(os.getuid())
done.set()
worker.join()

answers = [tried(libc.sem_timedwait, never, ctypes.byref(Time(1, 0))), tried(libc.sem_timedwait, never, ctypes.byref(Time(1, -1))),
           tried(libc.sem_clockwait, never, 1, ctypes.byref(Time(1, 0))), tried(libc.sem_post, full)]
libc.sem_post(never)
answers.append(tried(libc.sem_timedwait, never, ctypes.byref(Time(1, 0))))
print(turns, waiting, ended, state(never), answers)
assert (turns, waiting, ended, state(never)) == (200, [0, 1], True, [0, 0])
assert answers == ["ETIMEDOUT", "EINVAL", "ETIMEDOUT", "EOVERFLOW", "done"]
