/* The calls that programs make most, replaced by name: they come to libfred without the signal by which a system call is intercepted, in a third of the time. What they do is the same; where something
 * else has replaced them, too (DMTCP), it stays in between. */
#include <dlfcn.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/types.h>

#include "calls.h"
#include "fred.h"
#include "identity.h"
#include "mirrors.h"
#include "session.h"
#include "snapshot.h"
#include "threads.h"

static bool is_ours(void) { return session.mode != MODE_OFF && snapshot_program_thread == NULL; }

static int64_t answer(int64_t result)
{
    if (result < 0) {
        errno = (int)-result;
        return -1;
    }
    return result;
}

/* A place where the thread may be cancelled, as in libc. */
static int64_t make(int64_t nr, int64_t a0, int64_t a1, int64_t a2, int64_t a3, int64_t a4, int64_t a5)
{
    struct call call = {nr, {a0, a1, a2, a3, a4, a5}, NULL};
    if (!threads_exist()) {
        return answer(generic_call(&call));
    }
    int type;
    pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &type);
    int64_t result = generic_call(&call);
    pthread_setcanceltype(type, NULL);
    return answer(result);
}

/* Other libraries' constructors may call before ours has looked for the next one. */
#define NEXT(name, ...) ((real_##name) != NULL ? (real_##name)(__VA_ARGS__) : (__typeof__((real_##name)(__VA_ARGS__)))answer(RAW(SYS_##name __VA_OPT__(,) __VA_ARGS__)))
#define MADE(nr, ...) MADE_PADDED(nr, __VA_ARGS__, 0, 0, 0, 0, 0)
#define MADE_PADDED(nr, a, b, c, d, e, f, ...) make(nr, (int64_t)(a), (int64_t)(b), (int64_t)(c), (int64_t)(d), (int64_t)(e), (int64_t)(f))

static ssize_t (*real_read)(int, void *, size_t);
static ssize_t (*real_write)(int, const void *, size_t);
static ssize_t (*real_recvfrom)(int, void *, size_t, int, struct sockaddr *, socklen_t *);
static ssize_t (*real_sendto)(int, const void *, size_t, int, const struct sockaddr *, socklen_t);
static int (*real_poll)(struct pollfd *, nfds_t, int);
static pid_t (*real_getppid)(void);
static int (*real_kill)(pid_t, int);
static long (*real_syscall)(long, ...);
static void *(*real_mmap)(void *, size_t, int, int, int, off_t);

__attribute__((constructor(101))) static void find_real_functions(void)
{
    *(void **)&real_read = dlsym(RTLD_NEXT, "read");
    *(void **)&real_write = dlsym(RTLD_NEXT, "write");
    *(void **)&real_recvfrom = dlsym(RTLD_NEXT, "recvfrom");
    *(void **)&real_sendto = dlsym(RTLD_NEXT, "sendto");
    *(void **)&real_poll = dlsym(RTLD_NEXT, "poll");
    *(void **)&real_getppid = dlsym(RTLD_NEXT, "getppid");
    *(void **)&real_kill = dlsym(RTLD_NEXT, "kill");
    *(void **)&real_mmap = dlsym(RTLD_NEXT, "mmap64");
    *(void **)&real_syscall = dlsym(RTLD_NEXT, "syscall");
}

FRED_API ssize_t read(int fd, void *buffer, size_t size)
{
    return is_ours() ? MADE(SYS_read, fd, buffer, size) : NEXT(read, fd, buffer, size);
}

FRED_API ssize_t write(int fd, const void *buffer, size_t size)
{
    return is_ours() ? MADE(SYS_write, fd, buffer, size) : NEXT(write, fd, buffer, size);
}

FRED_API ssize_t recvfrom(int fd, void *restrict buffer, size_t size, int flags, struct sockaddr *restrict from, socklen_t *restrict length)
{
    return is_ours() ? MADE(SYS_recvfrom, fd, buffer, size, flags, from, length) : NEXT(recvfrom, fd, buffer, size, flags, from, length);
}

FRED_API ssize_t sendto(int fd, const void *buffer, size_t size, int flags, const struct sockaddr *to, socklen_t length)
{
    return is_ours() ? MADE(SYS_sendto, fd, buffer, size, flags, to, length) : NEXT(sendto, fd, buffer, size, flags, to, length);
}

/* libc makes these of them, too. */
FRED_API ssize_t recv(int fd, void *buffer, size_t size, int flags) { return recvfrom(fd, buffer, size, flags, NULL, NULL); }
FRED_API ssize_t send(int fd, const void *buffer, size_t size, int flags) { return sendto(fd, buffer, size, flags, NULL, 0); }

/* Memory that Python's own code maps. */
static bool calls_from_python(const void *where)
{
    Dl_info caller;
    if (dladdr(where, &caller) == 0 || caller.dli_fname == NULL) {
        return false;
    }
    const char *slash = strrchr(caller.dli_fname, '/'), *name = slash != NULL ? slash + 1 : caller.dli_fname;
    return strncmp(name, "mmap.", 5) == 0 || strncmp(name, "python", 6) == 0 || strncmp(name, "libpython", 9) == 0;
}

FRED_API void *mmap(void *address, size_t length, int protection, int flags, int fd, off_t offset)
{
    bool shared = session.mode == MODE_RECORD && (flags & MAP_SHARED);
    mirrors_expect(shared && calls_from_python(__builtin_return_address(0)));
    void *result = real_mmap != NULL ? real_mmap(address, length, protection, flags, fd, offset)
        : (void *)answer(RAW(SYS_mmap, address, length, protection, flags, fd, offset));
    mirrors_expect(false);
    return result;
}

FRED_API void *mmap64(void *address, size_t length, int protection, int flags, int fd, off_t offset) __attribute__((alias("mmap")));

/* Python asks for a thread's id in this way. What needs more than its arguments goes on to libc's. */
FRED_API long syscall(long number, ...)
{
    int64_t a[6];
    va_list arguments;
    va_start(arguments, number);
    for (int i = 0; i < 6; i++) {
        a[i] = va_arg(arguments, int64_t);
    }
    va_end(arguments);
    bool plain = number == SYS_gettid || number == SYS_futex || number == SYS_getrandom;
    return is_ours() && plain ? make(number, a[0], a[1], a[2], a[3], a[4], a[5])
        : real_syscall != NULL ? real_syscall(number, a[0], a[1], a[2], a[3], a[4], a[5]) : answer(fred_raw(number, a[0], a[1], a[2], a[3], a[4], a[5]));
}

/* A child of a second future asks who its parent is, or sends it a signal: the program has told it the number that it knows itself by. */
static bool is_child(void) { return session.mode == MODE_OFF && session.role == ROLE_NONE; }

FRED_API pid_t getppid(void)
{
    pid_t real = NEXT(getppid);
    return is_child() ? (pid_t)identity_parent(real) : real;
}

FRED_API int kill(pid_t process, int signal)
{
    pid_t meant = is_child() ? (pid_t)identity_meant(process) : process;
    return NEXT(kill, meant, signal);
}

FRED_API int poll(struct pollfd *list, nfds_t count, int timeout)
{
    return is_ours() ? (int)MADE(SYS_poll, list, count, timeout) : NEXT(poll, list, count, timeout);
}
