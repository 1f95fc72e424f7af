/* The frame is the kernel's rt_sigframe: handlers read and change it, and siglongjmp may leave it behind. Everything in it must be the same in every replay, so dead
 * flags, which translated code may have overwritten, are cleared. */
#include "frame.h"

#include <string.h>
#include <sys/uio.h>

#include "context.h"
#include "program.h"
#include "raw.h"
#include "runloop.h"
#include "session.h"
#include "signals.h"
#include "program_signals.h"
#include "signal_state.h"
#include "translator.h"

enum { RED_ZONE = 128, MAGIC1 = 0x46505853, MAGIC2 = 0x46505845, SOFTWARE_AT = 464, LEGACY_BYTES = 512, HEADER_BYTES = 64 };
enum { UC_FLAGS = 7 }; /* XSTATE, SIGCONTEXT_SS, STRICT_RESTORE_SS */
enum { ARITHMETIC_FLAGS = 0x8D5, DIRECTION_FLAG = 0x400, TRAP_FLAG = 0x100, SETTABLE_FLAGS = 0xCD5 };
enum { MAX_STATE = 4096, GO_ON_STATE_AT = 512 };

/* The kernel's struct sigcontext. */
struct machine {
    uint64_t r8, r9, r10, r11, r12, r13, r14, r15, rdi, rsi, rbp, rbx, rdx, rax, rcx, rsp, rip, rflags;
    uint16_t cs, gs, fs, ss;
    uint64_t error, trap, old_mask, address, state, reserved[8];
};

struct frame {
    uint64_t restorer;
    uint64_t flags, link;
    stack_t stack;
    struct machine machine;
    uint64_t mask;
    uint8_t info[SIGNAL_INFO_BYTES];
};

_Static_assert(sizeof(struct machine) == 256, "the kernel's layout");
_Static_assert(sizeof(struct frame) == 440, "the kernel's layout");
_Static_assert((int)FRAME_ROOM >= GO_ON_STATE_AT + (int)MAX_STATE + 4, "room for both");

static void fill_machine(struct machine *m)
{
    const uint64_t *r = CONTEXT->r;
    uint64_t rflags = CONTEXT->rflags;
    if (flags_are_dead(CONTEXT->pc)) {
        rflags &= ~(uint64_t)ARITHMETIC_FLAGS;
    }
    *m = (struct machine){
        .r8 = r[R8], .r9 = r[R9], .r10 = r[R10], .r11 = r[R11], .r12 = r[R12], .r13 = r[R13], .r14 = r[R14], .r15 = r[R15],
        .rdi = r[RDI], .rsi = r[RSI], .rbp = r[RBP], .rbx = r[RBX], .rdx = r[RDX], .rax = r[RAX], .rcx = r[RCX], .rsp = r[RSP],
        .rip = CONTEXT->pc, .rflags = rflags, .cs = 0x33, .ss = 0x2B};
}

static void take_machine(const struct machine *m)
{
    uint64_t *r = CONTEXT->r;
    r[R8] = m->r8, r[R9] = m->r9, r[R10] = m->r10, r[R11] = m->r11, r[R12] = m->r12, r[R13] = m->r13, r[R14] = m->r14, r[R15] = m->r15;
    r[RDI] = m->rdi, r[RSI] = m->rsi, r[RBP] = m->rbp, r[RBX] = m->rbx, r[RDX] = m->rdx, r[RAX] = m->rax, r[RCX] = m->rcx, r[RSP] = m->rsp;
    CONTEXT->pc = m->rip;
    CONTEXT->rflags = (CONTEXT->rflags & ~(uint64_t)SETTABLE_FLAGS) | (m->rflags & SETTABLE_FLAGS);
}

/* Every component counts as used: which ones the processor happens to track as unused differs from run to run. */
static void fill_state(uint8_t *state, unsigned bytes)
{
    uint32_t magic1 = MAGIC1, magic2 = MAGIC2, extended = bytes + sizeof magic2, size = bytes;
    uint64_t components = CONTEXT->vector_mask;
    memcpy(state, context_vectors(), bytes);
    memset(state + SOFTWARE_AT, 0, LEGACY_BYTES - SOFTWARE_AT);
    memcpy(state + SOFTWARE_AT, &magic1, sizeof magic1);
    memcpy(state + SOFTWARE_AT + 4, &extended, sizeof extended);
    memcpy(state + SOFTWARE_AT + 8, &components, sizeof components);
    memcpy(state + SOFTWARE_AT + 16, &size, sizeof size);
    memcpy(state + LEGACY_BYTES, &components, sizeof components);
    memcpy(state + bytes, &magic2, sizeof magic2);
}

static bool copy(uint64_t to, const void *from, uint64_t length)
{
    struct iovec source = {(void *)from, length}, target = {(void *)to, length};
    return RAW(SYS_process_vm_writev, RAW(SYS_getpid), &source, 1, &target, 1, 0) == (int64_t)length;
}

void frame_enter(int signal, const void *info, const struct fault_details *fault)
{
    static uint8_t state[MAX_STATE];
    if (session.mode == MODE_RECORD) {
        session.page->handled |= (uint64_t)1 << (signal - 1);
    }
    struct handler handler = signals_enter(signal);
    struct frame frame;
    memset(&frame, 0, sizeof frame); /* with its padding, which replicas must have the same */
    frame.restorer = handler.restorer;
    frame.flags = UC_FLAGS;
    frame.stack.ss_sp = handler.stack.ss_sp;
    frame.stack.ss_flags = handler.stack.ss_flags;
    frame.stack.ss_size = handler.stack.ss_size;
    frame.mask = handler.old_mask;
    unsigned bytes = state_vector_bytes();
    uint64_t top = handler.stack_top != 0 ? handler.stack_top : CONTEXT->r[RSP] - RED_ZONE;
    uint64_t state_at = (top - bytes - 4) & ~(uint64_t)63;
    uint64_t frame_at = ((state_at - sizeof frame) & ~(uint64_t)15) - 8;
    fill_machine(&frame.machine);
    frame.machine.state = state_at;
    if (fault != NULL) {
        frame.machine.error = fault->error;
        frame.machine.trap = fault->trap;
        frame.machine.address = fault->address;
    }
    memcpy(frame.info, info, sizeof frame.info);
    fill_state(state, bytes);
    if (!copy(state_at, state, bytes + 4) || !copy(frame_at, &frame, sizeof frame)) {
        signals_die(SIGSEGV); /* as the kernel does */
    }
    CONTEXT->r[RDI] = (uint64_t)signal;
    CONTEXT->r[RSI] = frame_at + offsetof(struct frame, info);
    CONTEXT->r[RDX] = frame_at + offsetof(struct frame, flags);
    CONTEXT->r[RAX] = 0;
    CONTEXT->r[RSP] = frame_at;
    CONTEXT->pc = handler.entry;
    CONTEXT->rflags &= ~(uint64_t)(DIRECTION_FLAG | TRAP_FLAG);
    runloop_set_tick(runloop_tick() + 1);
}

uint64_t frame_to_go_on(uint8_t room[FRAME_ROOM], uint64_t pc)
{
    struct frame *frame = (struct frame *)room;
    uint8_t *state = room + GO_ON_STATE_AT;
    memset(frame, 0, sizeof *frame);
    frame->flags = UC_FLAGS;
    frame->stack = signals.alternate;
    frame->mask = signals.suspended ? signals.suspended_mask : signals.mask;
    fill_machine(&frame->machine);
    frame->machine.rip = pc;
    frame->machine.state = (uint64_t)state;
    fill_state(state, state_vector_bytes());
    return (uint64_t)room + sizeof frame->restorer; /* a handler's return has taken that off */
}

static void take_state(uint64_t at)
{
    uint32_t magic1;
    uint64_t components = 3;
    const uint8_t *state = (const uint8_t *)at;
    memcpy(&magic1, state + SOFTWARE_AT, sizeof magic1);
    unsigned bytes = magic1 == MAGIC1 ? state_vector_bytes() : LEGACY_BYTES;
    if (magic1 == MAGIC1) {
        memcpy(&components, state + LEGACY_BYTES, sizeof components);
    }
    unsigned char *image = context_change_vectors();
    memcpy(image, state, LEGACY_BYTES);
    if (bytes > LEGACY_BYTES + HEADER_BYTES) {
        memcpy(image + LEGACY_BYTES + HEADER_BYTES, state + LEGACY_BYTES + HEADER_BYTES, bytes - LEGACY_BYTES - HEADER_BYTES);
    }
    components &= CONTEXT->vector_mask;
    memset(image + LEGACY_BYTES, 0, HEADER_BYTES); /* a bit the processor does not expect there would fault */
    memcpy(image + LEGACY_BYTES, &components, sizeof components);
    image[26] = image[27] = 0;
}

void frame_leave(void)
{
    const struct frame *frame = (const struct frame *)(CONTEXT->r[RSP] - 8);
    take_machine(&frame->machine);
    if (frame->machine.state != 0) {
        take_state(frame->machine.state);
    }
    signals_leave(frame->mask);
}
