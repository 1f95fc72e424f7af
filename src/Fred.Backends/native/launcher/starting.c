/* Starts programs, as children of the launcher. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "launcher.h"
#include "protocol.h"

enum { MAX_WORDS = 64 };

/* The child's part. Signal dispositions: ours are handlers, which exec resets; the mask is the one we were started with. Waits until the other end of `go` is closed. */
static void become_program(const struct options *options, bool null, int error_pipe, const int go[2])
{
    char nothing;
    close(go[1]);
    while (read(go[0], &nothing, 1) < 0 && errno == EINTR) {
    }
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

void spawn(const struct options *options, long token, bool null)
{
    int ends[2], go[2], error = 0;
    if (pipe2(ends, O_CLOEXEC) < 0) {
        say(MSG_FAILED " %ld %ld\n", token, errno);
        return;
    }
    if (pipe2(go, O_CLOEXEC) < 0) {
        say(MSG_FAILED " %ld %ld\n", token, errno);
        close(ends[0]);
        close(ends[1]);
        return;
    }
    pid_t pid = fork();
    if (pid == 0) {
        become_program(options, null, ends[1], go);
    }
    int fork_error = errno;
    bool traced = pid > 0 && sameness_begin(pid);
    close(ends[1]);
    close(go[0]);
    close(go[1]);
    if (traced) {
        sameness_make(pid);
    }
    if (pid < 0) {
        say(MSG_FAILED " %ld %ld\n", token, fork_error);
    } else if (read(ends[0], &error, sizeof error) > 0) {
        say(MSG_FAILED " %ld %ld\n", token, error);
    } else {
        say(MSG_SPAWNED " %ld %ld\n", token, pid);
    }
    close(ends[0]);
}

void spawn_other(long token, bool null, const char *path)
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
