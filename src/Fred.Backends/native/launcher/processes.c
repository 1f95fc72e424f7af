/* The session's processes: children of the launcher, and recorded ones that are somebody else's. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "launcher.h"
#include "protocol.h"

enum { STATUS_UNKNOWN = -1 };

/* Processes that are recorded although they are no children of ours: each branch may have one. */
static struct adopted {
    pid_t pid;
    int fd;
} adopted[MAX_ADOPTED];
static int adopted_count;

void reap(void)
{
    int status;
    pid_t pid;
    while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
        say(MSG_EXITED " %ld %ld\n", pid, status);
    }
}

static bool is_child(pid_t pid)
{
    siginfo_t info;
    return pid > 0 && waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0;
}

/* How it has ended its parent is told. Until that has asked, the last word of this file says it, too; then nobody can know. */
static int status_of(pid_t pid)
{
    char path[64], text[1024];
    snprintf(path, sizeof path, "/proc/%d/stat", pid);
    FILE *file = fopen(path, "re");
    size_t size = file != NULL ? fread(text, 1, sizeof text - 1, file) : 0;
    text[size] = '\0';
    if (file != NULL) {
        fclose(file);
    }
    const char *last = strrchr(text, ' ');
    return last != NULL ? atoi(last) : STATUS_UNKNOWN;
}

void adopt(pid_t pid)
{
    int fd = is_child(pid) || adopted_count == MAX_ADOPTED ? -1 : (int)syscall(SYS_pidfd_open, pid, 0);
    if (fd >= 0) {
        adopted[adopted_count++] = (struct adopted){pid, fd};
    } else if (!is_child(pid)) {
        say(MSG_EXITED " %ld %ld\n", pid, STATUS_UNKNOWN); /* it is gone already */
    }
}

nfds_t watch_adopted(struct pollfd events[MAX_ADOPTED])
{
    for (int i = 0; i < adopted_count; i++) {
        events[i] = (struct pollfd){adopted[i].fd, POLLIN, 0};
    }
    return (nfds_t)adopted_count;
}

void report_adopted(const struct pollfd events[MAX_ADOPTED], nfds_t count)
{
    for (int i = (int)count - 1; i >= 0; i--) { /* from the end, which fills the gaps */
        if (events[i].revents != 0) {
            say(MSG_EXITED " %ld %ld\n", adopted[i].pid, status_of(adopted[i].pid));
            close(adopted[i].fd);
            adopted[i] = adopted[--adopted_count];
        }
    }
}

void signal_process(pid_t pid, int signal)
{
    for (int i = 0; i < adopted_count; i++) {
        if (adopted[i].pid == pid) {
            syscall(SYS_pidfd_send_signal, adopted[i].fd, signal, NULL, 0);
            return;
        }
    }
    if (is_child(pid)) {
        kill(pid, signal);
    }
}
