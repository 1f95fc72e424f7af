/* As in the kernel, descriptors are names of open file descriptions: dup shares the offset, open does not. */
#include "fdtable.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "control.h"
#include "descriptors.h"
#include "raw.h"
#include "sysdesc.h"
#include "text.h"

enum { MAX_DESCRIPTORS = 1024, MAX_PATH = 1024 };
enum what { WHAT_NOTHING, WHAT_STDIO, WHAT_FILE, WHAT_OTHER };

struct description {
    enum what what;
    int users;         /* descriptors that name it */
    int flags;         /* of open; for stdio the access mode */
    int64_t offset;
    const char *maker; /* name of the call that made it, for messages */
    char path[MAX_PATH];
};

static struct description descriptions[MAX_DESCRIPTORS];
static int16_t named[MAX_DESCRIPTORS]; /* index + 1 of the description a descriptor names; 0: none */
static char directory[MAX_PATH];
static int64_t mask = -1;              /* umask, if the program changed it */

static struct description *find(int64_t fd)
{
    return fd >= 0 && fd < MAX_DESCRIPTORS && named[fd] != 0 ? &descriptions[named[fd] - 1] : NULL;
}

static void forget(int64_t fd)
{
    struct description *description = find(fd);
    if (description != NULL) {
        named[fd] = 0;
        if (--description->users == 0) {
            description->what = WHAT_NOTHING;
        }
    }
}

static struct description *add(int64_t fd, enum what what, int flags, const char *maker)
{
    if (fd < 0 || fd >= MAX_DESCRIPTORS) {
        return NULL;
    }
    forget(fd);
    for (int i = 0; i < MAX_DESCRIPTORS; i++) {
        struct description *free = &descriptions[i];
        if (free->what == WHAT_NOTHING) {
            free->what = what;
            free->users = 1;
            free->flags = flags;
            free->offset = 0;
            free->maker = maker;
            free->path[0] = '\0';
            named[fd] = (int16_t)(i + 1);
            return free;
        }
    }
    return NULL;
}

static void copy(int64_t from, int64_t to)
{
    struct description *description = find(from);
    if (from == to || to < 0 || to >= MAX_DESCRIPTORS) {
        return;
    }
    forget(to);
    if (description != NULL) {
        description->users++;
        named[to] = named[from];
    }
}

/* base/name, or name if it is absolute. False if it does not fit. */
static bool join(char result[MAX_PATH], const char *base, const char *name)
{
    size_t base_length = name[0] == '/' ? 0 : strlen(base), length = strlen(name);
    if (base_length + length + 2 > MAX_PATH) {
        result[0] = '\0';
        return false;
    }
    memmove(result, base, base_length);
    if (base_length > 0) {
        result[base_length++] = '/';
    }
    memcpy(result + base_length, name, length + 1);
    return true;
}

static const char *directory_of(int64_t fd)
{
    const struct description *description = (int)fd == AT_FDCWD ? NULL : find(fd);
    return description != NULL ? description->path : directory;
}

static void opened(int64_t fd, int64_t at, const char *name, int64_t flags)
{
    static char path[MAX_PATH];
    bool fits = join(path, directory_of(at), name);
    struct description *description = add(fd, fits ? WHAT_FILE : WHAT_OTHER, (int)flags, "open");
    if (description != NULL) {
        strcpy(description->path, path);
    }
}

static void moved(int64_t fd, int64_t bytes)
{
    struct description *description = find(fd);
    if (description != NULL && bytes > 0) {
        description->offset += bytes;
    }
}

static void changed_directory(const char *to)
{
    static char path[MAX_PATH];
    if (join(path, directory, to)) {
        strcpy(directory, path);
    }
}

static void closed_range(uint64_t first, uint64_t last)
{
    for (uint64_t fd = first; fd <= last && fd < MAX_DESCRIPTORS; fd++) {
        forget((int64_t)fd);
    }
}

/* Calls that open, close and rename descriptors; false for all others. */
static bool note_naming(const struct call *call, int64_t result)
{
    const int64_t *a = call->arguments;
    const char *name = sysdesc_name(call->nr);
    switch (call->nr) {
    case SYS_open: opened(result, AT_FDCWD, (const char *)a[0], a[1]); return true;
    case SYS_openat: opened(result, a[0], (const char *)a[1], a[2]); return true;
    case SYS_creat: opened(result, AT_FDCWD, (const char *)a[0], O_WRONLY); return true;
    case SYS_close: forget(a[0]); return true;
    case SYS_close_range: closed_range((uint32_t)a[0], (uint32_t)a[1]); return true;
    case SYS_dup: case SYS_dup2: case SYS_dup3: copy(a[0], result); return true;
    case SYS_pipe: case SYS_pipe2: case SYS_socketpair: {
        const int *ends = (const int *)(call->nr == SYS_socketpair ? a[3] : a[0]);
        add(ends[0], WHAT_OTHER, 0, name);
        add(ends[1], WHAT_OTHER, 0, name);
        return true;
    }
    case SYS_socket: case SYS_accept: case SYS_accept4: case SYS_eventfd: case SYS_eventfd2: case SYS_epoll_create:
    case SYS_epoll_create1: case SYS_timerfd_create: case SYS_memfd_create: case SYS_signalfd: case SYS_signalfd4:
    case SYS_inotify_init: case SYS_inotify_init1: case SYS_pidfd_open:
        add(result, WHAT_OTHER, 0, name);
        return true;
    default:
        return false;
    }
}

static void note_fcntl(const int64_t *a, int64_t result)
{
    struct description *description = find(a[0]);
    if (a[1] == F_DUPFD || a[1] == F_DUPFD_CLOEXEC) {
        copy(a[0], result);
    } else if (a[1] == F_SETFL && description != NULL) {
        description->flags = (description->flags & O_ACCMODE) | ((int)a[2] & ~O_ACCMODE);
    }
}

void fdtable_note(const struct call *call, int64_t result)
{
    const int64_t *a = call->arguments;
    if (result < 0 || note_naming(call, result)) {
        return;
    }
    switch (call->nr) {
    case SYS_read: case SYS_write: case SYS_readv: case SYS_writev: moved(a[0], result); break;
    case SYS_lseek: {
        struct description *description = find(a[0]);
        if (description != NULL) {
            description->offset = result;
        }
        break;
    }
    case SYS_sendfile: moved(a[0], result); moved(a[2] == 0 ? a[1] : -1, result); break;
    case SYS_copy_file_range: moved(a[1] == 0 ? a[0] : -1, result); moved(a[3] == 0 ? a[2] : -1, result); break;
    case SYS_fcntl: note_fcntl(a, result); break;
    case SYS_chdir: changed_directory((const char *)a[0]); break;
    case SYS_fchdir: changed_directory(directory_of(a[0])); break;
    case SYS_umask: mask = a[0]; break;
    default: break;
    }
}

void fdtable_init(void)
{
    if (RAW(SYS_getcwd, directory, sizeof directory) < 0) {
        directory[0] = '\0';
    }
    for (int fd = 0; fd < 3; fd++) {
        int64_t offset = RAW(SYS_lseek, fd, 0, SEEK_CUR);
        struct description *description = add(fd, WHAT_STDIO, fd == 0 ? O_RDONLY : O_WRONLY, "stdio");
        if (description != NULL) {
            description->offset = offset > 0 ? offset : 0;
            text_format(description->path, (uint64_t)fd);
        }
    }
}

/* ---- opening again ---- */

static void notice_lost(int fd, const struct description *description)
{
    char text[MAX_PATH + 100] = "cannot restore fd ";
    text_format(text + strlen(text), (uint64_t)fd);
    strcat(strcat(text, " ("), description->what == WHAT_OTHER ? description->maker : description->path);
    strcat(text, "): the new branch gets an error when it uses it");
    control_notice(text);
}

static int64_t open_again(const struct description *description, const char *stdio_directory)
{
    static char path[MAX_PATH];
    int flags = description->flags & ~(O_CREAT | O_EXCL | O_TRUNC);
    if (description->what == WHAT_OTHER) {
        return -ENXIO;
    }
    bool stdio = description->what == WHAT_STDIO;
    if (!join(path, stdio ? stdio_directory : "", description->path)) {
        return -ENAMETOOLONG;
    }
    int64_t fd = RAW(SYS_openat, AT_FDCWD, stdio ? path : description->path, flags, 0);
    if (fd < 0 && stdio) {
        fd = descriptors_take(stdio_directory, (int)text_unsigned(description->path)); /* a socket, or what another user has opened for us */
    }
    if (fd >= 0 && !(stdio && (flags & O_ACCMODE) != O_RDONLY)) {
        RAW(SYS_lseek, fd, description->offset, SEEK_SET); /* fails harmlessly for terminals and pipes */
    } else if (fd >= 0) {
        RAW(SYS_lseek, fd, 0, SEEK_END); /* output goes on after what other branches wrote */
    }
    return fd;
}

/* Names all descriptors of a description at once, so that they share an offset again. */
static void restore(int first, const char *stdio_directory)
{
    const struct description *description = find(first);
    int64_t fd = open_again(description, stdio_directory);
    if (fd < 0) {
        notice_lost(first, description);
    }
    for (int other = first; other < MAX_DESCRIPTORS; other++) {
        if (named[other] == named[first]) {
            if (fd < 0) {
                RAW(SYS_close, other);
            } else if (fd != other) {
                RAW(SYS_dup3, fd, other, description->flags & O_CLOEXEC);
            }
        }
    }
    struct description *owner = find(fd);
    if (fd >= 0 && (owner == NULL || owner != description)) {
        RAW(SYS_close, fd);
    }
}

static bool first_name(int fd)
{
    for (int other = 0; other < fd; other++) {
        if (named[other] == named[fd]) {
            return false;
        }
    }
    return named[fd] != 0;
}

void fdtable_reopen(const char *stdio_directory)
{
    if (directory[0] != '\0' && RAW(SYS_chdir, directory) < 0) {
        control_notice("the program's working directory does not exist any more");
    }
    if (mask >= 0) {
        RAW(SYS_umask, mask);
    }
    for (int fd = 0; fd < MAX_DESCRIPTORS; fd++) {
        if (first_name(fd)) {
            restore(fd, stdio_directory);
        } else if (fd < 3 && named[fd] == 0) {
            RAW(SYS_close, fd); /* the program had closed it */
        }
    }
}
