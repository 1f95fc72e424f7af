/* fred-launcher: parent and reaper of every process of a session (docs/agent-protocol.md, section 2.1).
 *
 * It exists because a checkpoint must be nobody's child that the program knows, and because everything must be gone when the session
 * is: it is a subreaper, and when its socket closes it kills what it has left, again and again until there is nothing. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "protocol.h"

enum { MAX_COMMAND = 4096, MAX_WORDS = 64, MAX_ADOPTED = 64, STATUS_UNKNOWN = -1, EXIT_USAGE = 2, EXIT_LOST = 3 };

struct options {
    const char *socket;
    const char *files[3]; /* paths for 0, 1, 2; NULL: inherited */
    bool stdout_to_stderr;
    const char *cleanup; /* directory to remove at the end */
    const char *base;   /* file with the environment that the program gets instead of ours; NULL: ours */
    char **environment; /* NAME=value... of the program, on top of that */
    char **command;
};

static int control = -1;

/* Processes that are recorded although they are no children of ours: each branch may have one. */
static struct adopted {
    pid_t pid;
    int fd;
} adopted[MAX_ADOPTED];
static int adopted_count;
static sigset_t signals_before;

static int usage(const char *problem)
{
    fprintf(stderr, "fred-launcher: %s\nusage: fred-launcher --socket PATH [--stdin PATH] [--stdout PATH] [--stderr PATH] "
            "[--stdout-to-stderr] [--cleanup DIRECTORY] [--environment FILE] -- [NAME=VALUE...] PROGRAM [ARGUMENT...]\n", problem);
    return EXIT_USAGE;
}

static bool parse(int argc, char **argv, struct options *options)
{
    static const char *const names[] = {"--stdin", "--stdout", "--stderr"};
    int i = 1;
    for (; i < argc && strcmp(argv[i], "--") != 0; i++) {
        bool known = false;
        if (strcmp(argv[i], "--stdout-to-stderr") == 0) {
            options->stdout_to_stderr = known = true;
        } else if (strcmp(argv[i], "--cleanup") == 0 && i + 1 < argc) {
            options->cleanup = argv[++i];
            known = true;
        } else if (strcmp(argv[i], "--environment") == 0 && i + 1 < argc) {
            options->base = argv[++i];
            known = true;
        } else if (strcmp(argv[i], "--socket") == 0 && i + 1 < argc) {
            options->socket = argv[++i];
            known = true;
        }
        for (int fd = 0; fd < 3 && !known; fd++) {
            if (strcmp(argv[i], names[fd]) == 0 && i + 1 < argc) {
                options->files[fd] = argv[++i];
                known = true;
            }
        }
        if (!known) {
            return false;
        }
    }
    i += i < argc;
    options->environment = &argv[i];
    while (i < argc && strchr(argv[i], '=') != NULL) {
        i++;
    }
    options->command = &argv[i];
    return options->socket != NULL && i < argc;
}

/* Takes the environment from a file, to the byte and in its order: it is part of the memory that a replay has to rebuild. What the file has of
 * `environment` keeps its place there. */
static bool take_environment(const char *path)
{
    FILE *file = fopen(path, "re");
    char *variable = NULL;
    size_t size = 0;
    if (file == NULL) {
        fprintf(stderr, "fred-launcher: cannot open %s: %s\n", path, strerror(errno));
        return false;
    }
    clearenv();
    while (getdelim(&variable, &size, '\0', file) > 0) {
        char *copy = strchr(variable, '=') != NULL ? strdup(variable) : NULL; /* the environment keeps it */
        if (copy != NULL) {
            putenv(copy);
        }
    }
    free(variable);
    fclose(file);
    return true;
}

static void say(const char *format, long first, long second)
{
    char line[128];
    int length = snprintf(line, sizeof line, format, first, second);
    if (write(control, line, (size_t)length) != length) {
        /* the controller is gone; the end of its socket says so in a moment */
    }
}

/* ---- starting ---- */

static int open_as(const char *path, int fd)
{
    int opened = open(path, fd == 0 ? O_RDONLY : O_WRONLY | O_CREAT | O_APPEND, 0666);
    if (opened < 0 || dup2(opened, fd) < 0) {
        return -1;
    }
    return opened != fd ? close(opened) : 0;
}

/* Our own 0-2 are what the program gets; a branch opens them again from /proc/<our pid>/fd. */
static bool redirect(const struct options *options)
{
    for (int fd = 0; fd < 3; fd++) {
        if (options->files[fd] != NULL && open_as(options->files[fd], fd) < 0) {
            fprintf(stderr, "fred-launcher: cannot open %s: %s\n", options->files[fd], strerror(errno));
            return false;
        }
    }
    return !options->stdout_to_stderr || dup2(2, 1) >= 0;
}

/* The child's part. Signal dispositions: ours are handlers, which exec resets; the mask is the one we were started with. */
static void become_program(const struct options *options, bool null, int error_pipe)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    sigprocmask(SIG_SETMASK, &signals_before, NULL);
    for (char **variable = options->environment; variable != options->command; variable++) {
        putenv(*variable);
    }
    for (int fd = 0; null && fd < 3; fd++) {
        open_as("/dev/null", fd);
    }
    if (personality(ADDR_NO_RANDOMIZE) >= 0) {
        execvp(options->command[0], options->command);
    }
    int error = errno;
    if (write(error_pipe, &error, sizeof error) < 0) {
        _exit(126);
    }
    _exit(127);
}

static void spawn(const struct options *options, long token, bool null)
{
    int ends[2], error = 0;
    if (pipe2(ends, O_CLOEXEC) < 0) {
        say(MSG_FAILED " %ld %ld\n", token, errno);
        return;
    }
    pid_t pid = fork();
    if (pid == 0) {
        become_program(options, null, ends[1]);
    }
    int fork_error = errno;
    close(ends[1]);
    if (pid < 0) {
        say(MSG_FAILED " %ld %ld\n", token, fork_error);
    } else if (read(ends[0], &error, sizeof error) > 0) {
        say(MSG_FAILED " %ld %ld\n", token, error);
    } else {
        say(MSG_SPAWNED " %ld %ld\n", token, pid);
    }
    close(ends[0]);
}

/* Starts another program. The file has its NAME=value..., path and arguments, each ended by a zero byte. */
static void spawn_other(long token, bool null, const char *path)
{
    static char *words[MAX_WORDS];
    struct options options = {.environment = words};
    FILE *file = fopen(path, "re");
    size_t size = 0, count = 0;
    while (file != NULL && count < MAX_WORDS - 1 && getdelim(&words[count], &size, '\0', file) > 0) {
        count++;
        size = 0;
    }
    free(words[count]); /* at the end of the file getdelim has made a last one */
    words[count] = NULL;
    if (file != NULL) {
        fclose(file);
    }
    for (options.command = words; *options.command != NULL && strchr(*options.command, '=') != NULL; options.command++) {
    }
    if (*options.command == NULL) {
        say(MSG_FAILED " %ld %ld\n", token, ENOENT);
    } else {
        spawn(&options, token, null);
    }
    for (size_t i = 0; i < MAX_WORDS; i++) {
        free(words[i]);
        words[i] = NULL;
    }
}

/* ---- ending ---- */

static void reap(void)
{
    int status;
    pid_t pid;
    while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
        say(MSG_EXITED " %ld %ld\n", pid, status);
    }
}

/* Kills every descendant of pid, deepest last: a dying parent hands its children to us, so they are found in the next round. */
static void kill_children_of(pid_t pid)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/task/%d/children", pid, pid);
    FILE *file = fopen(path, "re");
    int child;
    while (file != NULL && fscanf(file, "%d", &child) == 1) {
        kill_children_of(child);
        kill(child, SIGKILL);
    }
    if (file != NULL) {
        fclose(file);
    }
}

static void kill_all(void)
{
    do {
        kill_children_of(getpid());
    } while (waitpid(-1, NULL, 0) > 0 || errno == EINTR);
}

/* The session's private directory. */
static void remove_directory(const char *path)
{
    DIR *directory = opendir(path);
    if (directory == NULL) {
        return;
    }
    for (struct dirent *entry; (entry = readdir(directory)) != NULL;) {
        char inner[PATH_MAX];
        bool special = strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0;
        if (!special && unlinkat(dirfd(directory), entry->d_name, 0) < 0
            && snprintf(inner, sizeof inner, "%s/%s", path, entry->d_name) < (int)sizeof inner) {
            remove_directory(inner); /* DMTCP makes some */
        }
    }
    closedir(directory);
    rmdir(path);
}

static bool is_child(pid_t pid)
{
    siginfo_t info;
    return pid > 0 && waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0;
}

/* ---- a recorded process that is somebody else's child ---- */

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

static void adopt(pid_t pid)
{
    int fd = is_child(pid) || adopted_count == MAX_ADOPTED ? -1 : (int)syscall(SYS_pidfd_open, pid, 0);
    if (fd >= 0) {
        adopted[adopted_count++] = (struct adopted){pid, fd};
    } else if (!is_child(pid)) {
        say(MSG_EXITED " %ld %ld\n", pid, STATUS_UNKNOWN); /* it is gone already */
    }
}

static void report_adopted(struct adopted *one)
{
    say(MSG_EXITED " %ld %ld\n", one->pid, status_of(one->pid));
    close(one->fd);
    *one = adopted[--adopted_count];
}

static void signal_process(pid_t pid, int signal)
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
        for (int i = 0; i < adopted_count; i++) {
            events[2 + i] = (struct pollfd){adopted[i].fd, POLLIN, 0};
        }
        if (poll(events, 2 + (nfds_t)adopted_count, -1) < 0) {
            continue; /* EINTR */
        }
        for (int i = adopted_count - 1; i >= 0; i--) { /* from the end, which fills the gaps */
            if (events[2 + i].revents != 0) {
                report_adopted(&adopted[i]);
            }
        }
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
