/* What the launcher is asked for, and what the program inherits from it: environment and standard files. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "launcher.h"

bool parse(int argc, char **argv, struct options *options)
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

bool take_environment(const char *path)
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

int open_as(const char *path, int fd)
{
    int opened = open(path, fd == 0 ? O_RDONLY : O_WRONLY | O_CREAT | O_APPEND, 0666);
    if (opened < 0 || dup2(opened, fd) < 0) {
        return -1;
    }
    return opened != fd ? close(opened) : 0;
}

bool redirect(const struct options *options)
{
    for (int fd = 0; fd < 3; fd++) {
        if (options->files[fd] != NULL && open_as(options->files[fd], fd) < 0) {
            fprintf(stderr, "fred-launcher: cannot open %s: %s\n", options->files[fd], strerror(errno));
            return false;
        }
    }
    return !options->stdout_to_stderr || dup2(2, 1) >= 0;
}
