#include "diversion.h"

#include <errno.h>
#include <sys/uio.h>

#include "contexts.h"
#include "control.h"
#include "identity.h"
#include "locks.h"
#include "program.h"
#include "raw.h"
#include "session.h"
#include "signals.h"
#include "words.h"

enum { PIECE_BYTES = 16384 };

static int64_t diversion_output(int stream, const void *bytes, uint64_t length)
{
    if (session.control < 0) {
        return (int64_t)length; /* nobody looks */
    }
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

static int64_t diversion_output_vector(int stream, const struct iovec *vector, int64_t count)
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

/* ---- calls ---- */

static bool is_mapping(int64_t nr)
{
    return nr == SYS_mmap || nr == SYS_munmap || nr == SYS_mprotect || nr == SYS_mremap || nr == SYS_brk || nr == SYS_madvise;
}

/* No other thread runs in a diversion. What looks like a lock that one of them holds counts as free. */
static int64_t divert_futex(const struct call *call)
{
    volatile uint32_t *word = (volatile uint32_t *)call->arguments[0];
    int64_t result = 0;
    if (locks_answer(call, &result)) {
        return result;
    }
    if (*word == 0 || *word > 2) {
        program_refuse_call("what was to be run here waits for another thread, and no other thread runs meanwhile");
    }
    *word = 0;
    return 0;
}

/* A diversion has no outside world. */
int64_t diversion_call(const struct call *call)
{
    const int64_t *a = call->arguments;
    int64_t result;
    struct call copy = *call;
    if (signals_call(&copy, &result)) {
        return result;
    }
    if (is_mapping(call->nr)) {
        calls_note_mapping(call);
        return intercept_perform(call);
    }
    switch (call->nr) {
    case SYS_write: return a[0] == 1 || a[0] == 2 ? diversion_output((int)a[0], (const void *)a[1], (uint64_t)a[2]) : -ENOSYS;
    case SYS_writev: return a[0] == 1 || a[0] == 2 ? diversion_output_vector((int)a[0], (const struct iovec *)a[1], a[2]) : -ENOSYS;
    case SYS_futex: return contexts_many() ? divert_futex(call) : intercept_perform(call);
    case SYS_getpid: case SYS_gettid:
        return identity_answer(call, &result) ? result : intercept_perform(call);
    case SYS_clock_gettime: case SYS_gettimeofday: case SYS_time: case SYS_getuid: case SYS_getcpu:
        return intercept_perform(call);
    default: return -ENOSYS;
    }
}
