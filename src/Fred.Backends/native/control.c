#include "control.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "clock.h"
#include "descriptors.h"
#include "protocol.h"
#include "raw.h"
#include "replay.h"
#include "session.h"

static char input[MAX_LINE + 1];
static size_t input_used, input_taken; /* bytes in the buffer, bytes of them already handed out */
static struct message output;

int control_connect(void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    strcpy(address.sun_path, session.socket_path);
    int fd = (int)RAW(SYS_socket, AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        return fd;
    }
    fd = descriptors_keep(fd);
    int64_t result;
    do {
        result = RAW(SYS_connect, fd, &address, sizeof address);
    } while (result == -EINTR);
    if (result < 0) {
        descriptors_drop(fd);
        return (int)result;
    }
    session.control = fd;
    input_used = input_taken = 0;
    return 0;
}

struct message *control_message(void) { return &output; }

static char waiting[2 * MAX_LINE];
static size_t waiting_used;

static void send_bytes(const char *bytes, size_t size)
{
    for (size_t sent = 0; sent < size;) {
        int64_t count = RAW(SYS_sendto, session.control, bytes + sent, size - sent, MSG_NOSIGNAL, 0, 0);
        if (count == -EINTR) {
            continue;
        }
        if (count <= 0) {
            RAW(SYS_exit_group, EXIT_NO_CONTROLLER);
        }
        sent += (size_t)count;
    }
}

static void send_waiting(void)
{
    size_t size = waiting_used;
    waiting_used = 0;
    send_bytes(waiting, size);
}

void control_send(struct message *message)
{
    send_waiting();
    message->bytes[message->used++] = '\n';
    send_bytes(message->bytes, message->used);
}

void control_send_later(struct message *message)
{
    message->bytes[message->used++] = '\n';
    if (waiting_used + message->used > sizeof waiting) {
        send_waiting();
    }
    memcpy(waiting + waiting_used, message->bytes, message->used);
    waiting_used += message->used;
}

void control_hello(const char *role, uint64_t token)
{
    message_begin(&output, MSG_HELLO);
    message_unsigned(&output, PROTOCOL_VERSION);
    message_word(&output, role);
    message_unsigned(&output, token);
    message_unsigned(&output, (uint64_t)RAW(SYS_getpid));
    message_unsigned(&output, clock_tick());
    message_unsigned(&output, replay_cursor());
    control_send(&output);
}

char *control_read_line(void)
{
    memmove(input, input + input_taken, input_used - input_taken);
    input_used -= input_taken;
    input_taken = 0;
    for (;;) {
        char *newline = memchr(input, '\n', input_used);
        if (newline != NULL) {
            *newline = '\0';
            input_taken = (size_t)(newline - input) + 1;
            return input;
        }
        int64_t count = RAW(SYS_read, session.control, input + input_used, sizeof input - input_used);
        if (count == -EINTR) {
            continue;
        }
        if (count <= 0) { /* also for a line that is too long: the controller has lost its mind */
            RAW(SYS_exit_group, EXIT_NO_CONTROLLER);
        }
        input_used += (size_t)count;
    }
}

void control_notice(const char *text)
{
    message_begin(&output, MSG_NOTICE);
    message_text(&output, text, MAX_LINE / 4);
    control_send(&output);
}

void control_notice_number(const char *text, uint64_t number)
{
    char line[400];
    strncpy(line, text, sizeof line - 32);
    line[sizeof line - 32] = '\0';
    text_format(line + strlen(line), number);
    control_notice(line);
}
