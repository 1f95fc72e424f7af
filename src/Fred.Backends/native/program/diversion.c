#include "diversion.h"

#include <errno.h>

#include "control.h"
#include "raw.h"
#include "words.h"

enum { PIECE_BYTES = 16384 };

int64_t diversion_output(int stream, const void *bytes, uint64_t length)
{
    static uint8_t piece[PIECE_BYTES];
    for (uint64_t at = 0; at < length;) {
        uint64_t size = length - at < PIECE_BYTES ? length - at : PIECE_BYTES;
        struct iovec to = {piece, size}, from = {(char *)bytes + at, size};
        int64_t got = RAW(SYS_process_vm_readv, RAW(SYS_getpid), &to, 1, &from, 1, 0);
        if (got <= 0) {
            return at > 0 ? (int64_t)at : -EFAULT;
        }
        struct message *message = control_message();
        message_begin(message, MSG_OUTPUT);
        message_number(message, stream);
        message_hex(message, piece, (size_t)got);
        control_send(message);
        at += (uint64_t)got;
    }
    return (int64_t)length;
}

int64_t diversion_output_vector(int stream, const struct iovec *vector, int64_t count)
{
    int64_t total = 0;
    for (int64_t i = 0; i < count; i++) {
        int64_t written = diversion_output(stream, vector[i].iov_base, vector[i].iov_len);
        if (written < 0) {
            return total > 0 ? total : written;
        }
        total += written;
    }
    return total;
}
