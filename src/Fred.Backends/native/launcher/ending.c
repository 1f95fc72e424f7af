/* The end of a session: nothing of it may be left. */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "launcher.h"

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

void kill_all(void)
{
    do {
        kill_children_of(getpid());
    } while (waitpid(-1, NULL, 0) > 0 || errno == EINTR);
}

void remove_directory(const char *path)
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
