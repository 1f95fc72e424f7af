/* What of a call's descriptors is ready, asked without the call's effects. */
#include "polling.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>

#include "raw.h"

enum { PIPE_PIECE = 4096 };

struct pollfd polled[MOST_POLLED];

/* ---- descriptors ---- */

short polling_events(const struct call *call)
{
    switch (call->nr) {
    case SYS_read: case SYS_readv: case SYS_recvfrom: case SYS_recvmsg: case SYS_recvmmsg: case SYS_accept: case SYS_accept4: case SYS_epoll_wait: case SYS_epoll_pwait:
    case SYS_epoll_pwait2:
        return POLLIN;
    case SYS_write: case SYS_writev: case SYS_sendto: case SYS_sendmsg: return POLLOUT;
    default: return 0;
    }
}

static bool is_epoll(int64_t nr) { return nr == SYS_epoll_wait || nr == SYS_epoll_pwait || nr == SYS_epoll_pwait2; }

/* It fails rather than wait. */
bool polling_never_waits(const struct call *call)
{
    const int64_t *a = call->arguments;
    int64_t flags = call->nr == SYS_sendto || call->nr == SYS_recvfrom ? a[3] : call->nr == SYS_sendmsg || call->nr == SYS_recvmsg ? a[2] : 0;
    int64_t status = is_epoll(call->nr) ? 0 : RAW(SYS_fcntl, a[0], F_GETFL);
    return (flags & MSG_DONTWAIT) || status < 0 || (status & O_NONBLOCK);
}

static bool can_go_on(int64_t fd, short events)
{
    struct pollfd one = {(int)fd, events, 0};
    struct timespec none = {0, 0};
    return RAW(SYS_ppoll, &one, 1, &none, 0, 0) != 0;
}

/* More than a pipe is sure to take at once: written in pieces while others run, who may be the readers. */
bool polling_is_long_write(const struct call *call)
{
    struct stat status;
    return call->nr == SYS_write && call->arguments[2] > PIPE_PIECE && RAW(SYS_fstat, call->arguments[0], &status) == 0 && (S_ISFIFO(status.st_mode) || S_ISSOCK(status.st_mode));
}

bool polling_carry_on_writing(struct waiting *waiting)
{
    const int64_t *a = waiting->call.arguments;
    while (waiting->done < a[2] && can_go_on(a[0], POLLOUT)) {
        int64_t left = a[2] - waiting->done;
        int64_t written = RAW(SYS_sendto, a[0], a[1] + waiting->done, left, MSG_DONTWAIT, 0, 0);
        if (written == -ENOTSOCK) {
            written = RAW(SYS_write, a[0], a[1] + waiting->done, left < PIPE_PIECE ? left : PIPE_PIECE);
        }
        if (written == -EAGAIN || written == -EINTR) {
            return false;
        }
        if (written < 0) {
            waiting->done = waiting->done > 0 ? waiting->done : written;
            return true;
        }
        waiting->done += written;
    }
    return waiting->done == a[2];
}

/* ---- what poll and select wait for, without their effect on the program's memory ---- */

static int64_t take_poll(const struct call *call, int64_t room)
{
    int64_t count = call->arguments[1] < room ? call->arguments[1] : room;
    memcpy(polled + MOST_POLLED - room, (const void *)call->arguments[0], (size_t)count * sizeof *polled);
    return count;
}

static int64_t take_select(const struct call *call, int64_t room)
{
    const int64_t *a = call->arguments;
    static const short events[] = {POLLIN, POLLOUT, POLLPRI};
    int64_t count = 0;
    for (int fd = 0; fd < a[0] && fd < FD_SETSIZE && count < room; fd++) {
        struct pollfd *one = &polled[MOST_POLLED - room + count];
        *one = (struct pollfd){fd, 0, 0};
        for (int set = 0; set < 3; set++) {
            if (a[1 + set] != 0 && FD_ISSET(fd, (fd_set *)a[1 + set])) {
                one->events |= events[set];
            }
        }
        count += one->events != 0;
    }
    return count;
}

static bool is_poll(int64_t nr) { return nr == SYS_poll || nr == SYS_ppoll; }
static bool is_select(int64_t nr) { return nr == SYS_select || nr == SYS_pselect6; }

bool polling_has_list(int64_t nr) { return is_poll(nr) || is_select(nr); }

/* The descriptors that this call waits for, at the end of `polled`, where `room` are left. */
int64_t polling_take(const struct call *call, int64_t room)
{
    if (is_poll(call->nr)) {
        return take_poll(call, room);
    }
    if (is_select(call->nr)) {
        return take_select(call, room);
    }
    if (polling_events(call) == 0 || room == 0) {
        return 0;
    }
    polled[MOST_POLLED - room] = (struct pollfd){(int)call->arguments[0], polling_events(call), 0};
    return 1;
}

bool polling_is_ready(const struct call *call)
{
    struct timespec none = {0, 0};
    int64_t count = polling_take(call, MOST_POLLED);
    return count == MOST_POLLED || (count > 0 && RAW(SYS_ppoll, polled, count, &none, 0, 0) != 0);
}
