#include "sysdesc.h"

#include <netinet/in.h>
#include <stddef.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>

#include "log.h"

typedef void (*emit_function)(const void *address, int64_t length);

enum { HASH_SEED = 0x1505, F_GETLK_COMMAND = 5, F_OFD_GETLK_COMMAND = 36, FLOCK_BYTES = 32 };
enum { IOCTL_READ = 2u, MAX_FD_SETS = 1 << 16 };

const char *sysdesc_name(int64_t nr)
{
    switch (nr) {
    case LOG_SHARED: return "shared memory";
    case LOG_CLOCK_GETTIME: return "clock_gettime";
    case LOG_GETTIMEOFDAY: return "gettimeofday";
    case LOG_SIGNAL: return "a signal";
    case LOG_FATAL: return "a fatal signal";
    case LOG_THREAD_START: return "the beginning of a thread";
    case LOG_THREAD_YIELD: case LOG_THREAD_RESUME: case LOG_THREAD_SWITCH: return "a change of threads";
    case LOG_INJECT: return "a command of the debugger";
    case LOG_PROCESSOR: return "an instruction of the processor";
    case LOG_SEMAPHORE: return "an operation on a semaphore";
    default: break;
    }
    const char *name = sysdesc_find(nr)->name;
    return name != NULL ? name : "an unknown system call";
}

static uint64_t hash_bytes(uint64_t hash, const void *bytes, uint64_t length)
{
    const unsigned char *at = bytes;
    uint64_t word;
    for (; length >= sizeof word; length -= sizeof word, at += sizeof word) {
        memcpy(&word, at, sizeof word);
        hash = (hash ^ word) * 0x9E3779B97F4A7C15u;
        hash ^= hash >> 29;
    }
    word = 0;
    memcpy(&word, at, length);
    hash = (hash ^ word ^ (length << 56)) * 0x9E3779B97F4A7C15u;
    return hash ^ (hash >> 32);
}

static int64_t ioctl_bytes(uint32_t request)
{
    switch (request) { /* the old terminal requests do not carry their size */
    case 0x5401: return 36;                         /* TCGETS */
    case 0x5413: return 8;                          /* TIOCGWINSZ */
    case 0x541B: case 0x540F: case 0x5411: return 4; /* FIONREAD, TIOCGPGRP, TIOCOUTQ */
    case 0x5421: case 0x5450: case 0x5451: return 0; /* FIONBIO, FIONCLEX, FIOCLEX: nothing comes back */
    default: return (request >> 30) & IOCTL_READ ? (request >> 16) & 0x3FFF : 0;
    }
}

static int64_t extent(const struct transfer *transfer, const int64_t arguments[6], int64_t result)
{
    switch (transfer->rule) {
    case EXTENT_FIXED: return transfer->amount;
    case EXTENT_RESULT: return result * transfer->amount;
    case EXTENT_ARGUMENT: return arguments[transfer->other] * transfer->amount;
    case EXTENT_FD_SET: return arguments[0] > 0 && arguments[0] <= MAX_FD_SETS ? (arguments[0] + 63) / 64 * 8 : 0;
    case EXTENT_IOCTL: return ioctl_bytes((uint32_t)arguments[1]);
    case EXTENT_FCNTL: return arguments[1] == F_GETLK_COMMAND || arguments[1] == F_OFD_GETLK_COMMAND ? FLOCK_BYTES : 0;
    case EXTENT_PRCTL: return arguments[0] == PR_GET_NAME ? 16 : arguments[0] == PR_GET_PDEATHSIG ? 4 : 0;
    case EXTENT_LENGTH_AT: {
        const uint32_t *length = (const uint32_t *)arguments[transfer->other];
        return length != NULL ? *length : 0;
    }
    default: return 0;
    }
}

static void emit_vector(const struct iovec *vector, int64_t count, int64_t bytes, emit_function emit)
{
    for (int64_t i = 0; i < count && bytes > 0; i++) {
        int64_t length = (int64_t)vector[i].iov_len < bytes ? (int64_t)vector[i].iov_len : bytes;
        emit(vector[i].iov_base, length);
        bytes -= length;
    }
}

static void emit_message(const struct msghdr *message, int64_t bytes, emit_function emit)
{
    emit(message, sizeof *message);
    emit_vector(message->msg_iov, (int64_t)message->msg_iovlen, bytes, emit);
    emit(message->msg_name, message->msg_namelen);
    emit(message->msg_control, (int64_t)message->msg_controllen);
}

void sysdesc_outputs(const struct syscall_description *description, const int64_t arguments[6], int64_t result, emit_function emit)
{
    if (result < 0 && !(description->traits & CALL_OUTPUT_ON_ERROR)) {
        return;
    }
    for (int i = 0; i < MAX_OUTPUTS && description->outputs[i].rule != EXTENT_NONE; i++) {
        const struct transfer *output = &description->outputs[i];
        const void *address = (const void *)arguments[output->argument];
        if (address == NULL) {
            continue;
        }
        if (output->rule == EXTENT_VECTOR) {
            emit_vector(address, arguments[output->other], result, emit);
        } else if (output->rule == EXTENT_MESSAGE) {
            emit_message(address, result, emit);
        } else {
            emit(address, extent(output, arguments, result));
        }
    }
}

static uint64_t hash_vector(uint64_t hash, const struct iovec *vector, int64_t count)
{
    for (int64_t i = 0; i < count; i++) {
        hash = hash_bytes(hash, vector[i].iov_base, vector[i].iov_len);
    }
    return hash;
}

/* libc leaves the padding of an address uninitialised, and it differs from execution to execution. */
static uint64_t address_bytes(const struct sockaddr *address, uint64_t length)
{
    if (address->sa_family == AF_INET && length >= offsetof(struct sockaddr_in, sin_zero)) {
        return offsetof(struct sockaddr_in, sin_zero);
    }
    if (address->sa_family == AF_UNIX && length > offsetof(struct sockaddr_un, sun_path)) {
        const struct sockaddr_un *local = (const struct sockaddr_un *)address;
        uint64_t size = length - offsetof(struct sockaddr_un, sun_path);
        return local->sun_path[0] == '\0' ? length : length - size + strnlen(local->sun_path, size);
    }
    return length;
}

uint64_t sysdesc_hash_inputs(const struct syscall_description *description, const int64_t arguments[6])
{
    uint64_t hash = HASH_SEED;
    for (int i = 0; i < MAX_INPUTS && description->inputs[i].rule != EXTENT_NONE; i++) {
        const struct transfer *input = &description->inputs[i];
        const void *address = (const void *)arguments[input->argument];
        if (input->rule == EXTENT_VALUE) {
            hash = hash_bytes(hash, &arguments[input->argument], sizeof arguments[0]);
        } else if (address == NULL) {
            continue;
        } else if (input->rule == EXTENT_STRING) {
            hash = hash_bytes(hash, address, strlen(address));
        } else if (input->rule == EXTENT_SOCKADDR) {
            hash = hash_bytes(hash, address, address_bytes(address, (uint64_t)arguments[input->other]));
        } else if (input->rule == EXTENT_VECTOR) {
            hash = hash_vector(hash, address, arguments[input->other]);
        } else if (input->rule == EXTENT_MESSAGE) {
            const struct msghdr *message = address;
            hash = hash_vector(hash, message->msg_iov, (int64_t)message->msg_iovlen);
        } else {
            hash = hash_bytes(hash, address, (uint64_t)extent(input, arguments, 0));
        }
    }
    return hash == HASH_SEED ? 0 : hash;
}
