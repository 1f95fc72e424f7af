/* Registers and memory for the controller. Memory is read and written through the kernel, which says no where libfred would crash. */
#include <asm/prctl.h>
#include <fcntl.h>
#include <string.h>
#include <sys/uio.h>

#include "context.h"
#include "contexts.h"
#include "control.h"
#include "entropy.h"
#include "image.h"
#include "patch.h"
#include "program.h"
#include "raw.h"
#include "runloop.h"
#include "session.h"
#include "text.h"
#include "words.h"

enum { GENERAL_WORDS = 24, MAX_PIECE = 16384, XSAVE_LEGACY = 576 };
enum { USER_CS = 0x33, USER_SS = 0x2B };

/* The protocol's order, in the hardware's numbers. */
static const uint8_t order[16] = {RAX, RBX, RCX, RDX, RSI, RDI, RBP, RSP, R8, R9, R10, R11, R12, R13, R14, R15};

static uint64_t base_register(int which)
{
    uint64_t base = 0;
    RAW(SYS_arch_prctl, which, &base);
    return base;
}

unsigned state_vector_bytes(void)
{
    unsigned bytes = XSAVE_LEGACY;
    for (unsigned component = 2; component < 8; component++) {
        if (CONTEXT->vector_mask >> component & 1) {
            unsigned size, offset, c, d;
            __asm__("cpuid" : "=a"(size), "=b"(offset), "=c"(c), "=d"(d) : "a"(0xD), "c"(component));
            bytes = offset + size > bytes ? offset + size : bytes;
        }
    }
    return bytes < XSAVE_BYTES ? bytes : XSAVE_BYTES;
}

/* The running thread's, or those with which another one will go on. */
void state_send_registers(unsigned number)
{
    const struct thread *thread = number == 0 ? contexts_current() : contexts_by_number(number);
    uint64_t words[GENERAL_WORDS] = {0};
    if (thread == NULL) {
        thread = contexts_current();
    }
    contexts_save_current();
    for (int i = 0; i < 16; i++) {
        words[i] = thread->r[order[i]];
    }
    words[16] = thread->pc;
    words[17] = thread->rflags;
    words[18] = USER_CS;
    words[19] = USER_SS;
    words[20] = thread->base;
    words[21] = base_register(ARCH_GET_GS);
    words[22] = UINT64_MAX;
    struct message *message = control_message();
    message_begin(message, MSG_REGS);
    message_hex(message, words, sizeof words);
    message_hex(message, contexts_vectors(thread), state_vector_bytes());
    control_send(message);
}

static bool parse_words(const char *hex, uint64_t words[GENERAL_WORDS])
{
    return text_hex(hex, words, GENERAL_WORDS * sizeof *words) == GENERAL_WORDS * sizeof *words;
}

bool state_parse_general(const char *hex, uint64_t registers[16], uint64_t *pc)
{
    uint64_t words[GENERAL_WORDS];
    if (!parse_words(hex, words)) {
        return false;
    }
    for (int i = 0; i < 16; i++) {
        registers[order[i]] = words[i];
    }
    *pc = words[16];
    return true;
}

/* What the kernel would refuse in XRSTOR's image must not get there. */
static bool set_vectors(const char *hex)
{
    static uint8_t image[XSAVE_BYTES] __attribute__((aligned(64)));
    unsigned bytes = state_vector_bytes();
    uint64_t components;
    if (text_hex(hex, image, sizeof image) != bytes) {
        return false;
    }
    memcpy(&components, image + 512, sizeof components);
    components = (components | 3) & CONTEXT->vector_mask;
    memset(image + 512, 0, 64);
    memcpy(image + 512, &components, sizeof components);
    image[26] = image[27] = 0; /* upper half of MXCSR */
    memcpy(context_change_vectors(), image, bytes);
    return true;
}

static const char not_located[] = "a native head must be located before it is changed";

static void note_change(void)
{
    if (session.mode != MODE_RECORD) {
        program_changed = true;
        runloop_stay_private(); /* it may load other code at the addresses others know */
    }
}

const char *state_set_registers(const char *general, const char *vectors)
{
    static const uint64_t settable = 0xCD5; /* arithmetic flags and direction */
    uint64_t words[GENERAL_WORDS];
    if (!program_exact && session.mode == MODE_RECORD) {
        return not_located;
    }
    if (strcmp(general, "-") != 0) {
        if (!parse_words(general, words)) {
            return "the registers are not 24 words";
        }
        for (int i = 0; i < 16; i++) {
            CONTEXT->r[order[i]] = words[i];
        }
        CONTEXT->pc = words[16];
        CONTEXT->rflags = (CONTEXT->rflags & ~settable) | (words[17] & settable);
        RAW(SYS_arch_prctl, ARCH_SET_FS, words[20]);
    }
    if (strcmp(vectors, "-") != 0 && !set_vectors(vectors)) {
        return "the vector registers do not have this processor's size";
    }
    note_change();
    events_record_registers();
    return NULL;
}

/* ---- memory ---- */

void state_send_memory(uint64_t address, uint64_t length)
{
    static uint8_t bytes[MAX_PIECE];
    length = length < MAX_PIECE ? length : MAX_PIECE;
    struct iovec to = {bytes, length}, from = {(void *)address, length};
    int64_t got = RAW(SYS_process_vm_readv, RAW(SYS_getpid), &to, 1, &from, 1, 0);
    got = got > 0 ? got : 0;
    image_restore(address, bytes, (size_t)got);
    struct message *message = control_message();
    message_begin(message, MSG_BYTES);
    message_hex(message, bytes, (size_t)got);
    control_send(message);
}

bool state_has_byte(uint64_t address, uint8_t byte)
{
    uint8_t there = 0;
    struct iovec to = {&there, 1}, from = {(void *)address, 1};
    return RAW(SYS_process_vm_readv, RAW(SYS_getpid), &to, 1, &from, 1, 0) == 1 && there == byte;
}

bool state_poke_raw(uint64_t address, const void *bytes, uint64_t length)
{
    patch_remove(address, length);
    entropy_remove(address, length);
    int64_t file = RAW(SYS_openat, AT_FDCWD, "/proc/self/mem", O_RDWR | O_CLOEXEC, 0);
    int64_t written = file < 0 ? file : RAW(SYS_pwrite64, file, bytes, length, address);
    RAW(SYS_close, file);
    return written == (int64_t)length;
}

bool state_poke(uint64_t address, const void *bytes, uint64_t length)
{
    if (!state_poke_raw(address, bytes, length)) {
        return false;
    }
    runloop_code_changes(address, length);
    return true;
}

const char *state_write_memory(uint64_t address, const char *hex)
{
    static uint8_t bytes[MAX_PIECE];
    size_t length = text_hex(hex, bytes, sizeof bytes);
    if (!program_exact && session.mode == MODE_RECORD) {
        return not_located;
    }
    if (!state_poke(address, bytes, length)) {
        return "this memory cannot be written";
    }
    note_change();
    events_record_memory(address, bytes, length);
    return NULL;
}
