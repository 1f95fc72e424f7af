#include "maps.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "raw.h"

enum { BUFFER_BYTES = 32 * 1024 };

static uint64_t hexadecimal(const char **at)
{
    uint64_t value = 0;
    for (;; (*at)++) {
        char c = **at;
        int digit = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
        if (digit < 0) {
            return value;
        }
        value = value * 16 + (uint64_t)digit;
    }
}

/* What follows so many words; spaces separate them. */
static const char *behind_words(const char *at, int count)
{
    for (; count > 0; count--) {
        while (*at != ' ' && *at != '\0') {
            at++;
        }
        while (*at == ' ') {
            at++;
        }
    }
    return at;
}

/* "start-end perms offset device inode path"; what the kernel itself maps has no inode, but a name. */
static struct mapping parse(const char *line)
{
    struct mapping mapping;
    mapping.start = hexadecimal(&line);
    line++;
    mapping.end = hexadecimal(&line);
    mapping.read = line[1] == 'r';
    mapping.write = line[2] == 'w';
    mapping.execute = line[3] == 'x';
    mapping.shared = line[4] == 's';
    const char *inode = behind_words(line + 1, 3);
    mapping.text = *inode != '0' || strcmp(behind_words(inode, 1), "[vdso]") == 0;
    return mapping;
}

void maps_each(void (*visit)(const struct mapping *mapping))
{
    static char buffer[BUFFER_BYTES];
    size_t used = 0;
    int64_t got, file = RAW(SYS_openat, AT_FDCWD, "/proc/self/maps", O_RDONLY | O_CLOEXEC, 0);
    if (file < 0) {
        return;
    }
    while ((got = RAW(SYS_read, file, buffer + used, sizeof buffer - used - 1)) > 0 || got == -EINTR) {
        used += got > 0 ? (size_t)got : 0;
        buffer[used] = '\0';
        char *line = buffer;
        for (char *end; (end = strchr(line, '\n')) != NULL; line = end + 1) {
            *end = '\0';
            struct mapping mapping = parse(line);
            if (mapping.end >> 63 == 0) {
                visit(&mapping);
            }
        }
        used -= (size_t)(line - buffer);
        memmove(buffer, line, used);
    }
    RAW(SYS_close, file);
}
