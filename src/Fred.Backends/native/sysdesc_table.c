/* The table itself. A call that is missing here is performed live and recorded as opaque (result only) with a notice, so leaving out
 * an exotic call is safe and listing it wrongly is not. Numbers are x86-64's. */
#include <stddef.h>
#include <sys/syscall.h>

#include "sysdesc.h"

#define FIXED(arg, n) {arg, EXTENT_FIXED, 0, n}
#define RESULT(arg, n) {arg, EXTENT_RESULT, 0, n}
#define BY(arg, count, n) {arg, EXTENT_ARGUMENT, count, n}
#define ADDRESS(arg, length) {arg, EXTENT_LENGTH_AT, length, 0}
#define VECTOR(arg, count) {arg, EXTENT_VECTOR, count, 0}
#define SOCKADDR(arg, length) {arg, EXTENT_SOCKADDR, length, 0}
#define STRING(arg) {arg, EXTENT_STRING, 0, 0}
#define VALUE(arg) {arg, EXTENT_VALUE, 0, 0}
#define OUT(...) .outputs = {__VA_ARGS__}
#define IN(...) .inputs = {__VA_ARGS__}
#define CALL(call, ...) [SYS_##call] = {.name = #call, __VA_ARGS__}
#define BLOCKING(call, ...) [SYS_##call] = {.name = #call, .traits = CALL_BLOCKS, __VA_ARGS__}
#define PLAIN(call) [SYS_##call] = {.name = #call}

static const struct syscall_description table[MAX_SYSCALL] = {
    /* files */
    BLOCKING(read, OUT(RESULT(1, 1)), IN(VALUE(0))), CALL(pread64, OUT(RESULT(1, 1)), IN(VALUE(0), VALUE(3))),
    BLOCKING(write, IN(VALUE(0), BY(1, 2, 1))), CALL(pwrite64, IN(VALUE(0), BY(1, 2, 1), VALUE(3))),
    BLOCKING(readv, OUT(VECTOR(1, 2)), IN(VALUE(0))), BLOCKING(writev, IN(VALUE(0), VECTOR(1, 2))),
    CALL(preadv, OUT(VECTOR(1, 2)), IN(VALUE(0))), CALL(pwritev, IN(VALUE(0), VECTOR(1, 2))),
    CALL(preadv2, OUT(VECTOR(1, 2)), IN(VALUE(0))), CALL(pwritev2, IN(VALUE(0), VECTOR(1, 2))),
    BLOCKING(open, IN(STRING(0))), BLOCKING(openat, IN(STRING(1))), PLAIN(creat), CALL(close, IN(VALUE(0))), PLAIN(close_range),
    CALL(openat2, IN(STRING(1))), CALL(lseek, IN(VALUE(0), VALUE(1))), PLAIN(dup), PLAIN(dup2), PLAIN(dup3), CALL(fcntl, OUT({2, EXTENT_FCNTL, 0, 0})),
    BLOCKING(flock), PLAIN(fsync), PLAIN(fdatasync), PLAIN(sync), PLAIN(syncfs), PLAIN(sync_file_range), PLAIN(fallocate), PLAIN(fadvise64), PLAIN(readahead),
    CALL(truncate, IN(STRING(0))), CALL(ftruncate, IN(VALUE(0), VALUE(1))), CALL(access, IN(STRING(0))), CALL(faccessat, IN(STRING(1))),
    CALL(faccessat2, IN(STRING(1))), CALL(stat, OUT(FIXED(1, 144)), IN(STRING(0))), CALL(lstat, OUT(FIXED(1, 144)), IN(STRING(0))),
    CALL(fstat, OUT(FIXED(1, 144)), IN(VALUE(0))), CALL(newfstatat, OUT(FIXED(2, 144)), IN(STRING(1))),
    CALL(statx, OUT(FIXED(4, 256)), IN(STRING(1))), CALL(statfs, OUT(FIXED(1, 120)), IN(STRING(0))), CALL(fstatfs, OUT(FIXED(1, 120))),
    CALL(getdents64, OUT(RESULT(1, 1)), IN(VALUE(0))), CALL(getcwd, OUT(RESULT(0, 1))), CALL(chdir, IN(STRING(0))), PLAIN(fchdir), CALL(chroot, IN(STRING(0))),
    CALL(readlink, OUT(RESULT(1, 1)), IN(STRING(0))), CALL(readlinkat, OUT(RESULT(2, 1)), IN(STRING(1))),
    CALL(unlink, IN(STRING(0))), CALL(unlinkat, IN(STRING(1))), CALL(rmdir, IN(STRING(0))), CALL(mkdir, IN(STRING(0))), CALL(mkdirat, IN(STRING(1))),
    CALL(rename, IN(STRING(0), STRING(1))), CALL(renameat, IN(STRING(1), STRING(3))), CALL(renameat2, IN(STRING(1), STRING(3))),
    CALL(link, IN(STRING(0), STRING(1))), CALL(linkat, IN(STRING(1), STRING(3))), CALL(symlink, IN(STRING(0), STRING(1))),
    CALL(symlinkat, IN(STRING(0), STRING(2))), CALL(mknod, IN(STRING(0))), CALL(mknodat, IN(STRING(1))), CALL(chmod, IN(STRING(0))), PLAIN(fchmod),
    CALL(fchmodat, IN(STRING(1))), CALL(chown, IN(STRING(0))), PLAIN(fchown), CALL(lchown, IN(STRING(0))), CALL(fchownat, IN(STRING(1))),
    CALL(utime, IN(STRING(0))), CALL(utimes, IN(STRING(0))), CALL(utimensat), CALL(futimesat), PLAIN(umask),
    CALL(getxattr, OUT(RESULT(2, 1))), CALL(lgetxattr, OUT(RESULT(2, 1))), CALL(fgetxattr, OUT(RESULT(2, 1))), PLAIN(setxattr), PLAIN(lsetxattr),
    PLAIN(fsetxattr), PLAIN(removexattr), PLAIN(lremovexattr), PLAIN(fremovexattr), CALL(listxattr, OUT(RESULT(1, 1))), CALL(llistxattr, OUT(RESULT(1, 1))),
    CALL(flistxattr, OUT(RESULT(1, 1))), BLOCKING(sendfile, OUT(FIXED(2, 8)), IN(VALUE(0))), BLOCKING(copy_file_range, OUT(FIXED(1, 8), FIXED(3, 8))),
    BLOCKING(splice, OUT(FIXED(1, 8), FIXED(3, 8))), BLOCKING(tee), PLAIN(memfd_create), PLAIN(msync), PLAIN(shmget), CALL(ioctl, OUT({2, EXTENT_IOCTL, 0, 0})),
    PLAIN(inotify_init), PLAIN(inotify_init1), CALL(inotify_add_watch, IN(STRING(1))), PLAIN(inotify_rm_watch),
    /* waiting */
    CALL(pipe, OUT(FIXED(0, 8))), CALL(pipe2, OUT(FIXED(0, 8))), PLAIN(eventfd), PLAIN(eventfd2), PLAIN(signalfd), PLAIN(signalfd4),
    BLOCKING(poll, OUT(BY(0, 1, 8))), BLOCKING(ppoll, OUT(BY(0, 1, 8), FIXED(2, 16))),
    [SYS_select] = {"select", CALL_BLOCKS, {{1, EXTENT_FD_SET, 0, 0}, {2, EXTENT_FD_SET, 0, 0}, {3, EXTENT_FD_SET, 0, 0}, FIXED(4, 16)}, {{0}}},
    [SYS_pselect6] = {"pselect6", CALL_BLOCKS, {{1, EXTENT_FD_SET, 0, 0}, {2, EXTENT_FD_SET, 0, 0}, {3, EXTENT_FD_SET, 0, 0}, FIXED(4, 16)}, {{0}}},
    PLAIN(epoll_create), PLAIN(epoll_create1), CALL(epoll_ctl, IN(VALUE(1), VALUE(2))), BLOCKING(epoll_wait, OUT(RESULT(1, 12))),
    BLOCKING(epoll_pwait, OUT(RESULT(1, 12))), BLOCKING(epoll_pwait2, OUT(RESULT(1, 12))),
    [SYS_nanosleep] = {"nanosleep", CALL_BLOCKS | CALL_OUTPUT_ON_ERROR, {FIXED(1, 16)}, {FIXED(0, 16)}},
    [SYS_clock_nanosleep] = {"clock_nanosleep", CALL_BLOCKS | CALL_OUTPUT_ON_ERROR, {FIXED(3, 16)}, {VALUE(0), FIXED(2, 16)}},
    BLOCKING(pause), BLOCKING(futex), BLOCKING(rt_sigsuspend), BLOCKING(rt_sigtimedwait, OUT(FIXED(1, 128))), CALL(rt_sigpending, OUT(FIXED(0, 8))),
    BLOCKING(wait4, OUT(FIXED(1, 4), FIXED(3, 144)), IN(VALUE(0))), BLOCKING(waitid, OUT(FIXED(2, 128), FIXED(4, 144)), IN(VALUE(0), VALUE(1))),
    PLAIN(timerfd_create), CALL(timerfd_settime, OUT(FIXED(3, 32))), CALL(timerfd_gettime, OUT(FIXED(1, 32))),
    CALL(timer_create, OUT(FIXED(2, 4))), CALL(timer_settime, OUT(FIXED(3, 32))), CALL(timer_gettime, OUT(FIXED(1, 32))), PLAIN(timer_delete), PLAIN(timer_getoverrun),
    CALL(getitimer, OUT(FIXED(1, 32))), CALL(setitimer, OUT(FIXED(2, 32))), PLAIN(alarm),
    /* network */
    PLAIN(socket), CALL(socketpair, OUT(FIXED(3, 8))), CALL(bind, IN(SOCKADDR(1, 2))), PLAIN(listen), PLAIN(shutdown), BLOCKING(connect, IN(SOCKADDR(1, 2))),
    BLOCKING(accept, OUT(FIXED(2, 4), ADDRESS(1, 2))), BLOCKING(accept4, OUT(FIXED(2, 4), ADDRESS(1, 2))),
    CALL(getsockname, OUT(FIXED(2, 4), ADDRESS(1, 2))), CALL(getpeername, OUT(FIXED(2, 4), ADDRESS(1, 2))),
    CALL(getsockopt, OUT(FIXED(4, 4), ADDRESS(3, 4))), PLAIN(setsockopt), BLOCKING(sendto, IN(VALUE(0), BY(1, 2, 1))),
    BLOCKING(recvfrom, OUT(RESULT(1, 1), FIXED(5, 4), ADDRESS(4, 5)), IN(VALUE(0))), BLOCKING(sendmsg, IN(VALUE(0), {1, EXTENT_MESSAGE, 0, 0})),
    BLOCKING(recvmsg, OUT({1, EXTENT_MESSAGE, 0, 0}), IN(VALUE(0))),
    /* the process and the machine */
    PLAIN(getpid), PLAIN(getppid), PLAIN(gettid), PLAIN(getuid), PLAIN(geteuid), PLAIN(getgid), PLAIN(getegid), PLAIN(getpgid), PLAIN(getpgrp), PLAIN(getsid),
    PLAIN(setsid), PLAIN(setpgid), PLAIN(setuid), PLAIN(setgid), PLAIN(setreuid), PLAIN(setregid), PLAIN(setresuid), PLAIN(setresgid), PLAIN(setgroups),
    CALL(getgroups, OUT(RESULT(1, 4))), CALL(getresuid, OUT(FIXED(0, 4), FIXED(1, 4), FIXED(2, 4))), CALL(getresgid, OUT(FIXED(0, 4), FIXED(1, 4), FIXED(2, 4))),
    CALL(kill, IN(VALUE(0), VALUE(1))), CALL(tkill, IN(VALUE(1))), CALL(tgkill, IN(VALUE(2))), PLAIN(pidfd_open), PLAIN(pidfd_send_signal), CALL(prctl, OUT({1, EXTENT_PRCTL, 0, 0})),
    CALL(uname, OUT(FIXED(0, 390))), CALL(sysinfo, OUT(FIXED(0, 112))), CALL(times, OUT(FIXED(0, 32))), CALL(getrusage, OUT(FIXED(1, 144))),
    CALL(getrlimit, OUT(FIXED(1, 16))), PLAIN(setrlimit), CALL(prlimit64, OUT(FIXED(3, 16))), PLAIN(getpriority), PLAIN(setpriority),
    CALL(clock_gettime, OUT(FIXED(1, 16))), CALL(clock_getres, OUT(FIXED(1, 16))), CALL(gettimeofday, OUT(FIXED(0, 16))), CALL(time, OUT(FIXED(0, 8))),
    PLAIN(clock_settime), CALL(getrandom, OUT(RESULT(0, 1))), CALL(getcpu, OUT(FIXED(0, 4), FIXED(1, 4))), PLAIN(sched_yield),
    CALL(sched_getaffinity, OUT(RESULT(2, 1))), PLAIN(sched_setaffinity), PLAIN(sched_getscheduler), PLAIN(sched_setscheduler),
    CALL(sched_getparam, OUT(FIXED(1, 4))), PLAIN(sched_setparam), PLAIN(sched_get_priority_max), PLAIN(sched_get_priority_min), CALL(sched_rr_get_interval, OUT(FIXED(1, 16))),
    PLAIN(ioprio_get), PLAIN(ioprio_set), PLAIN(mlock), PLAIN(munlock), PLAIN(mlockall), PLAIN(munlockall), PLAIN(capset),
   
    /* handled by their own parts; here for their names */
    PLAIN(mmap), PLAIN(munmap), PLAIN(mprotect), PLAIN(madvise), PLAIN(brk), PLAIN(mremap), PLAIN(clone), PLAIN(clone3), PLAIN(fork), PLAIN(vfork),
    CALL(execve, IN(STRING(0))), CALL(execveat, IN(STRING(1))), PLAIN(exit), PLAIN(exit_group), PLAIN(rt_sigaction), PLAIN(rt_sigprocmask),
    PLAIN(sigaltstack), PLAIN(set_robust_list), PLAIN(set_tid_address), PLAIN(arch_prctl), PLAIN(membarrier), PLAIN(rseq),
};

const struct syscall_description *sysdesc_find(int64_t nr)
{
    static const struct syscall_description unknown;
    return nr >= 0 && nr < MAX_SYSCALL && table[nr].name != NULL ? &table[nr] : &unknown;
}
