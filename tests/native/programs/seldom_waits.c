/* Waits for a lock on a file, or to be accepted at a socket: calls that seldom wait. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

static int lock(const char *path)
{
    struct flock all = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    return fcntl(open(path, O_RDWR), F_SETLKW, &all);
}

static int call(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    strncpy(address.sun_path, path, sizeof address.sun_path - 1);
    return connect(socket(AF_UNIX, SOCK_STREAM, 0), (struct sockaddr *)&address, sizeof address);
}

int main(int argc, char **argv)
{
    int result = strcmp(argv[argc - 2], "lock") == 0 ? lock(argv[argc - 1]) : call(argv[argc - 1]);
    printf("%d %d\n", result, result == 0 ? 0 : errno);
    return 0;
}
