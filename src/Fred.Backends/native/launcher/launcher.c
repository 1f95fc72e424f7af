/* fred-launcher: parent and reaper of every process of a session (docs/agent-protocol.md, section 2.1).
 *
 * It exists because a checkpoint must be nobody's child that the program knows, and because everything must be gone when the session
 * is: it is a subreaper, and when its socket closes it kills what it has left, again and again until there is nothing. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "launcher.h"
#include "protocol.h"

enum { MAX_COMMAND = 4096, EXIT_USAGE = 2, EXIT_LOST = 3 };

static int control = -1;
sigset_t signals_before;

static int usage(const char *problem)
{
    fprintf(stderr, "fred-launcher: %s\nusage: fred-launcher --socket PATH [--stdin PATH] [--stdout PATH] [--stderr PATH] "
            "[--stdout-to-stderr] [--cleanup DIRECTORY] [--environment FILE] -- [NAME=VALUE...] PROGRAM [ARGUMENT...]\n", problem);
    return EXIT_USAGE;
}

void say(const char *format, long first, long second)
{
    char line[128];
    int length = snprintf(line, sizeof line, format, first, second);
    if (write(control, line, (size_t)length) != length) {
        /* the controller is gone; the end of its socket says so in a moment */
    }
}

/* ---- commands ---- */

static void obey(const struct options *options, const char *line)
{
    long first, second;
    char stdio[8], path[MAX_COMMAND];
    if (sscanf(line, MSG_START " %ld %7s %4095[^\n]", &first, stdio, path) == 3) {
        spawn_other(first, strcmp(stdio, "null") == 0, path);
    } else if (sscanf(line, MSG_SPAWN " %ld %7s", &first, stdio) == 2) {
        spawn(options, first, strcmp(stdio, "null") == 0);
    } else if (sscanf(line, MSG_SIGNAL " %ld %ld", &first, &second) == 2) {
        signal_process((pid_t)first, (int)second);
    } else if (sscanf(line, MSG_KILL " %ld", &first) == 1) {
        signal_process((pid_t)first, SIGKILL);
    } else if (sscanf(line, MSG_ADOPT " %ld", &first) == 1) {
        adopt((pid_t)first);
    } else {
        say(MSG_ERROR " unknown%%20message\n", 0, 0);
    }
}

/* Reads what there is and obeys the complete lines. False at the end of the connection. */
static bool read_commands(const struct options *options)
{
    static char buffer[MAX_COMMAND];
    static size_t used;
    ssize_t count = read(control, buffer + used, sizeof buffer - used);
    if (count <= 0) {
        return count < 0 && errno == EINTR;
    }
    used += (size_t)count;
    for (char *newline; (newline = memchr(buffer, '\n', used)) != NULL;) {
        *newline = '\0';
        obey(options, buffer);
        used -= (size_t)(newline + 1 - buffer);
        memmove(buffer, newline + 1, used);
    }
    return used < sizeof buffer;
}

static int connect_to(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof address.sun_path) {
        errno = ENAMETOOLONG;
        return -1;
    }
    strcpy(address.sun_path, path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof address) < 0) {
        close(fd);
        fd = -1;
    }
    return fd;
}

static void do_nothing(int signal) { (void)signal; }

/* Ctrl-C (\, Z) in the terminal reaches the whole group and is the debugger's business. Handlers rather than SIG_IGN, which the program would
 * inherit. SIGCHLD comes through a descriptor. */
static int prepare_signals(void)
{
    struct sigaction action = {.sa_handler = do_nothing};
    sigset_t children;
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGQUIT, &action, NULL);
    sigaction(SIGTSTP, &action, NULL);
    sigaction(SIGPIPE, &action, NULL);
    sigemptyset(&children);
    sigaddset(&children, SIGCHLD);
    sigprocmask(SIG_BLOCK, &children, &signals_before);
    return signalfd(-1, &children, SFD_CLOEXEC | SFD_NONBLOCK);
}

int main(int argc, char **argv)
{
    struct options options = {0};
    if (!parse(argc, argv, &options)) {
        return usage("cannot understand the arguments");
    }
    if (!redirect(&options) || (options.base != NULL && !take_environment(options.base))) {
        return EXIT_USAGE;
    }
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    int children = prepare_signals();
    control = connect_to(options.socket);
    if (control < 0 || children < 0) {
        fprintf(stderr, "fred-launcher: cannot connect to %s: %s\n", options.socket, strerror(errno));
        return EXIT_LOST;
    }
    say(MSG_HELLO " %ld " ROLE_NAME_LAUNCHER " 0 %ld 0 0\n", (long)PROTOCOL_VERSION, (long)getpid());
    struct pollfd events[2 + MAX_ADOPTED] = {{control, POLLIN, 0}, {children, POLLIN, 0}};
    bool connected = true;
    while (connected) {
        nfds_t adopted = watch_adopted(events + 2);
        if (poll(events, 2 + adopted, -1) < 0) {
            continue; /* EINTR */
        }
        report_adopted(events + 2, adopted);
        struct signalfd_siginfo info;
        while (read(children, &info, sizeof info) > 0) {
        }
        reap();
        connected = events[0].revents == 0 || read_commands(&options);
    }
    kill_all();
    if (options.cleanup != NULL) {
        remove_directory(options.cleanup);
    }
    return 0;
}
