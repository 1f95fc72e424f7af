#include "descriptors.h"

#include <fcntl.h>
#include <limits.h>
#include <string.h>

#include "raw.h"
#include "session.h"
#include "text.h"

enum { MAX_OURS = 32 };

static int ours[MAX_OURS];
static int count;

void descriptors_claim(int fd)
{
    if (count < MAX_OURS) {
        ours[count++] = fd;
    }
}

int descriptors_keep(int fd)
{
    for (int base = CONTROL_FD_BASE; base >= 100; base /= 2) { /* a low RLIMIT_NOFILE allows only smaller numbers */
        int high = (int)RAW(SYS_fcntl, fd, F_DUPFD_CLOEXEC, base);
        if (high >= 0) {
            RAW(SYS_close, fd);
            fd = high;
            break;
        }
    }
    descriptors_claim(fd);
    return fd;
}

bool descriptors_ours(int fd)
{
    for (int i = 0; i < count; i++) {
        if (ours[i] == fd) {
            return true;
        }
    }
    return false;
}

void descriptors_drop(int fd)
{
    for (int i = 0; i < count; i++) {
        if (ours[i] == fd) {
            ours[i] = ours[--count];
            RAW(SYS_close, fd);
            return;
        }
    }
}

void descriptors_drop_all(void)
{
    while (count > 0) {
        descriptors_drop(ours[0]);
    }
}

void descriptors_close_others(void)
{
    descriptors_close_range(0, UINT_MAX, 0);
    RAW(SYS_openat, AT_FDCWD, "/dev/null", O_RDWR, 0);
    RAW(SYS_dup, 0);
    RAW(SYS_dup, 0);
}

void descriptors_close_everything(void)
{
    count = 0;
    descriptors_close_others();
}

int descriptors_close_range(unsigned first, unsigned last, unsigned flags)
{
    while (first <= last) {
        unsigned next = UINT_MAX; /* smallest of ours in [first, last] */
        for (int i = 0; i < count; i++) {
            unsigned fd = (unsigned)ours[i];
            if (fd >= first && fd <= last && fd < next) {
                next = fd;
            }
        }
        unsigned end = next == UINT_MAX ? last : next - 1;
        if (next == UINT_MAX || next > first) {
            int result = (int)RAW(SYS_close_range, first, end, flags);
            if (result < 0) {
                return result;
            }
        }
        if (next == UINT_MAX) {
            break;
        }
        first = next + 1;
    }
    return 0;
}

int64_t descriptors_take(const char *directory, int fd)
{
    int64_t process = RAW(SYS_pidfd_open, text_unsigned(directory + strlen("/proc/")), 0);
    if (process < 0) {
        return process;
    }
    int64_t taken = RAW(SYS_pidfd_getfd, process, fd, 0);
    RAW(SYS_close, process);
    RAW(SYS_fcntl, taken, F_SETFD, 0);
    return taken;
}
