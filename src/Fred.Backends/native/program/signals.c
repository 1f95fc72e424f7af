/* Signals of a translated program. The kernel knows none of its handlers: asynchronous signals are queued and entered between two instructions, where a replica can find
 * the place again; faults of translated code are traced back to the program's instruction, and happen again by themselves. */
#include "signals.h"

#include <errno.h>
#include <string.h>

#include "calls.h"
#include "clock.h"
#include "codecache.h"
#include "context.h"
#include "control.h"
#include "enter.h"
#include "frame.h"
#include "image.h"
#include "log.h"
#include "program.h"
#include "program_signals.h"
#include "properties.h"
#include "protocol.h"
#include "protocol.h"
#include "raw.h"
#include "runloop.h"
#include "session.h"
#include "text.h"

/* The kernel's struct sigaction, which is not libc's. */
struct action {
    void *handler;
    uint64_t flags;
    void *restorer;
    uint64_t mask;
};

enum { SIGNALS = 65, SA_RESTORER_FLAG = 0x04000000, STACK_BYTES = 128 * 1024, FETCH_FAULT = 0x14, PAGE_FAULT = 14 };
#define BIT(signal) ((uint64_t)1 << ((signal) - 1))
#define FAULTS (BIT(SIGSEGV) | BIT(SIGBUS) | BIT(SIGFPE) | BIT(SIGILL) | BIT(SIGTRAP))

static struct action program[SIGNALS]; /* as the program set them */
static uint64_t mask;                  /* the program's */
static stack_t alternate = {.ss_flags = SS_DISABLE};
static bool suspended;                 /* rt_sigsuspend: `suspended_mask` is to be put back */
static uint64_t suspended_mask;

static volatile uint64_t queued;       /* BIT(signal): waits to be delivered */
static uint8_t queued_info[SIGNALS][SIGNAL_INFO_BYTES];
static volatile bool ignored;          /* a blocking call was interrupted for nothing */

static struct {
    int signal; /* 0: none */
    uint8_t info[SIGNAL_INFO_BYTES];
    struct fault_details details;
} fault;

static unsigned char stack[STACK_BYTES] __attribute__((aligned(64)));

static bool has_handler(int signal) { return program[signal].handler != SIG_DFL && program[signal].handler != SIG_IGN; }

static bool is_harmless(int signal)
{
    return signal == SIGCHLD || signal == SIGURG || signal == SIGWINCH || signal == SIGCONT || signal == SIGTSTP || signal == SIGTTIN || signal == SIGTTOU;
}

static bool is_ours(int signal) { return signal == SIGSYS || signal == SIGSTKFLT || signal == SIGKILL || signal == SIGSTOP; }

static bool is_live(void) { return session.mode == MODE_RECORD; }

/* ---- the kernel's side ---- */

void signals_install_kernel(int signal, void (*handler)(int, siginfo_t *, void *), unsigned flags)
{
    struct action action = {(void *)handler, SA_SIGINFO | SA_RESTORER_FLAG | SA_ONSTACK | flags, (void *)fred_restorer, ~FAULTS};
    RAW(SYS_rt_sigaction, signal, &action, NULL, sizeof action.mask);
}

static void set_default(int signal)
{
    struct action action = {SIG_DFL, SA_RESTORER_FLAG, (void *)fred_restorer, 0};
    RAW(SYS_rt_sigaction, signal, &action, NULL, sizeof action.mask);
}

static void set_kernel_mask(uint64_t wanted)
{
    wanted &= ~(FAULTS | BIT(SIGSTKFLT) | BIT(SIGSYS));
    RAW(SYS_rt_sigprocmask, SIG_SETMASK, &wanted, NULL, sizeof wanted);
}

void signals_restore_kernel_mask(void) { set_kernel_mask(mask); }

/* In a child of the program's, which runs native. */
static void run_directly(int signal, siginfo_t *info, void *context)
{
    if (has_handler(signal)) {
        ((void (*)(int, siginfo_t *, void *))program[signal].handler)(signal, info, context);
    } else if (program[signal].handler == SIG_DFL) {
        set_default(signal);
        RAW(SYS_tgkill, RAW(SYS_getpid), RAW(SYS_gettid), signal);
    }
}

/* A signal between the last look at the queue and the `syscall` instruction must not let the call block. */
static void fail_call_about_to_begin(greg_t *registers)
{
    uintptr_t at = (uintptr_t)registers[REG_RIP];
    if (clock_slot->in_syscall && at >= (uintptr_t)fred_raw && at <= (uintptr_t)fred_raw_instruction) {
        registers[REG_RIP] = (greg_t)fred_raw_after;
        registers[REG_RAX] = -EINTR;
    }
}

static void on_asynchronous(int signal, siginfo_t *info, void *context)
{
    greg_t *registers = ((ucontext_t *)context)->uc_mcontext.gregs;
    if (session.mode == MODE_OFF && session.role == ROLE_NONE) {
        run_directly(signal, info, context);
        return;
    }
    bool from_terminal = signal == SIGINT && info->si_code == SI_KERNEL; /* Ctrl-C belongs to the debugger */
    if (!is_live() || from_terminal) {
        ignored = true;
    } else {
        memcpy(queued_info[signal], info, SIGNAL_INFO_BYTES);
        __atomic_or_fetch(&queued, BIT(signal), __ATOMIC_SEQ_CST);
        runloop_ask_attention((uint64_t)registers[REG_RIP], (uint64_t *)&registers[REG_RCX]);
    }
    fail_call_about_to_begin(registers);
}

/* Fred's own signal: the controller wants something. */
static void on_pause(int signal, siginfo_t *info, void *context)
{
    greg_t *registers = ((ucontext_t *)context)->uc_mcontext.gregs;
    (void)signal, (void)info;
    ignored = true;
    runloop_ask_attention((uint64_t)registers[REG_RIP], (uint64_t *)&registers[REG_RCX]);
    fail_call_about_to_begin(registers);
}

/* ---- faults ---- */

static void take_registers(const greg_t *g)
{
    static const uint8_t from[16] = {REG_RAX, REG_RCX, REG_RDX, REG_RBX, REG_RSP, REG_RBP, REG_RSI, REG_RDI,
                                     REG_R8, REG_R9, REG_R10, REG_R11, REG_R12, REG_R13, REG_R14, REG_R15};
    for (int i = 0; i < 16; i++) {
        CONTEXT->r[i] = (uint64_t)g[from[i]];
    }
    CONTEXT->rflags = (uint64_t)g[REG_EFL] & ~(uint64_t)0x10000; /* RF is the fault's */
}

/* Which instruction of the block has its translation around `host`. */
static unsigned index_of(const struct block *block, const uint8_t *host)
{
    unsigned offset = (unsigned)(host - block->checked), index = 0;
    while (index + 1 < block->count && block->offsets[index + 1] <= offset) {
        index++;
    }
    return index;
}

static uint64_t address_of(const struct block *block, unsigned index)
{
    uint64_t pc = block->pc;
    for (unsigned i = 0; i < index; i++) {
        uint8_t bytes[MAX_INSTRUCTION];
        struct instruction instruction;
        size_t available;
        if (image_read(pc, bytes, sizeof bytes, &available) != IMAGE_TEXT || !decode(bytes, available, &instruction)) {
            break;
        }
        pc += instruction.length;
    }
    return pc;
}

/* An indirect call borrows rcx before it pushes: the only translated instruction that can fault with a register that is not the program's. */
static bool pushes_return_address(const uint8_t *host) { return (host[0] == 0xFF && host[1] == 0x35) || host[0] == 0x68; }

/* The state of the program before the instruction that faulted, as if it had not begun. */
static void unwind(const struct block *block, const greg_t *g)
{
    const uint8_t *host = (const uint8_t *)g[REG_RIP];
    bool after = host > block->checked && fault.signal == SIGTRAP; /* int3 reports its successor */
    unsigned index = index_of(block, host - after);
    struct instruction last;
    uint8_t bytes[MAX_INSTRUCTION];
    size_t available;
    take_registers(g);
    CONTEXT->pc = address_of(block, index);
    if (pushes_return_address(host) && image_read(CONTEXT->pc, bytes, sizeof bytes, &available) == IMAGE_TEXT && decode(bytes, available, &last)
        && instruction_flow(&last) == FLOW_CALL_INDIRECT) {
        CONTEXT->r[RCX] = CONTEXT->rcx;
    }
    CONTEXT->left += block->count - index;
}

static void on_fault(int signal, siginfo_t *info, void *context)
{
    ucontext_t *user = context;
    greg_t *g = user->uc_mcontext.gregs;
    if (session.mode == MODE_OFF && session.role == ROLE_NONE) {
        run_directly(signal, info, context);
        return;
    }
    if (info->si_code <= 0) { /* sent, not met */
        on_asynchronous(signal, info, context);
        return;
    }
    const struct block *block = cache_find_code((const uint8_t *)g[REG_RIP]);
    if (block == NULL) {
        program_guard_failed(); /* returns only if it was libfred's own mistake */
        set_default(signal);
        return;
    }
    fault.signal = signal;
    memcpy(fault.info, info, SIGNAL_INFO_BYTES);
    fault.details = (struct fault_details){(uint64_t)g[REG_ERR], (uint64_t)g[REG_TRAPNO], (uint64_t)g[REG_CR2]};
    unwind(block, g);
    if (signal == SIGILL || signal == SIGFPE) {
        memcpy(fault.info + 16, &CONTEXT->pc, sizeof CONTEXT->pc); /* si_addr is the instruction: not where its translation is */
    }
    runloop_attention = true;
    g[REG_RIP] = (greg_t)enter_after_signal;
    g[REG_EFL] &= ~(greg_t)0x400;
}

/* ---- taking over ---- */

/* Makes the kernel's disposition fit the program's. */
static void install(int signal)
{
    if (is_ours(signal)) {
        return;
    }
    if (FAULTS & BIT(signal)) {
        signals_install_kernel(signal, on_fault, SA_NODEFER);
    } else if (has_handler(signal) || (program[signal].handler == SIG_DFL && !is_harmless(signal))) {
        signals_install_kernel(signal, on_asynchronous, 0);
    } else {
        struct action action = {program[signal].handler, SA_RESTORER_FLAG | (program[signal].flags & (SA_NOCLDSTOP | SA_NOCLDWAIT)), (void *)fred_restorer, 0};
        RAW(SYS_rt_sigaction, signal, &action, NULL, sizeof action.mask);
    }
}

void signals_init(void)
{
    stack_t ours = {.ss_sp = stack, .ss_size = sizeof stack};
    RAW(SYS_sigaltstack, &ours, NULL);
    RAW(SYS_rt_sigprocmask, SIG_BLOCK, NULL, &mask, sizeof mask);
    for (int signal = 1; signal < SIGNALS; signal++) {
        RAW(SYS_rt_sigaction, signal, NULL, &program[signal], sizeof program[signal].mask);
        install(signal);
    }
    signals_install_kernel(SIGSTKFLT, on_pause, 0);
    set_kernel_mask(mask);
}

void signals_become_live(void)
{
    queued = 0;
    set_kernel_mask(mask);
    for (int signal = 1; signal < SIGNALS; signal++) {
        install(signal);
    }
}

/* ---- the program's calls ---- */

static int64_t change_action(int64_t signal, const struct action *wanted, struct action *old)
{
    if (signal < 1 || signal >= SIGNALS || (wanted != NULL && (signal == SIGKILL || signal == SIGSTOP))) {
        return -EINVAL;
    }
    struct action before = program[signal];
    if (wanted != NULL) {
        program[signal] = *wanted;
        program[signal].mask &= ~(BIT(SIGKILL) | BIT(SIGSTOP));
        if (wanted->handler == SIG_IGN) {
            __atomic_and_fetch(&queued, ~BIT(signal), __ATOMIC_SEQ_CST);
        }
        install((int)signal);
    }
    if (old != NULL) {
        *old = before;
    }
    return 0;
}

static void set_mask(uint64_t wanted)
{
    mask = wanted & ~(BIT(SIGKILL) | BIT(SIGSTOP));
    if (is_live()) {
        set_kernel_mask(mask);
    }
    if (queued & ~mask) {
        runloop_attention = true;
    }
}

static int64_t change_mask(int64_t how, const uint64_t *set, uint64_t *old)
{
    uint64_t before = mask;
    if (set != NULL) {
        if (how < SIG_BLOCK || how > SIG_SETMASK) {
            return -EINVAL;
        }
        set_mask(how == SIG_BLOCK ? mask | *set : how == SIG_UNBLOCK ? mask & ~*set : *set);
    }
    if (old != NULL) {
        *old = before;
    }
    return 0;
}

static bool on_alternate(void)
{
    uint64_t sp = CONTEXT->r[RSP], start = (uint64_t)(uintptr_t)alternate.ss_sp;
    return !(alternate.ss_flags & SS_DISABLE) && sp > start && sp <= start + alternate.ss_size;
}

static stack_t reported_stack(void)
{
    stack_t reported = alternate;
    reported.ss_flags = alternate.ss_flags & SS_DISABLE ? SS_DISABLE : on_alternate() ? SS_ONSTACK : 0;
    return reported;
}

static int64_t change_stack(const stack_t *wanted, stack_t *old)
{
    stack_t before = reported_stack();
    if (wanted != NULL) {
        if (on_alternate()) {
            return -EPERM;
        }
        if (!(wanted->ss_flags & SS_DISABLE) && wanted->ss_size < (size_t)MINSIGSTKSZ) {
            return -ENOMEM;
        }
        alternate = *wanted;
    }
    if (old != NULL) {
        *old = before;
    }
    return 0;
}

bool signals_call(struct call *call, int64_t *result)
{
    const int64_t *a = call->arguments;
    switch (call->nr) {
    case SYS_rt_sigaction:
        *result = change_action(a[0], (const struct action *)a[1], (struct action *)a[2]);
        return true;
    case SYS_rt_sigprocmask:
        *result = change_mask(a[0], (const uint64_t *)a[1], (uint64_t *)a[2]);
        return true;
    case SYS_sigaltstack:
        *result = change_stack((const stack_t *)a[0], (stack_t *)a[1]);
        return true;
    default:
        return false;
    }
}

/* ---- delivery ---- */

struct handler signals_enter(int signal)
{
    struct action action = program[signal];
    struct handler handler = {(uint64_t)action.handler, (uint64_t)action.restorer, 0, reported_stack(), suspended ? suspended_mask : mask};
    if ((action.flags & SA_ONSTACK) && !(alternate.ss_flags & SS_DISABLE) && !on_alternate()) {
        handler.stack_top = (uint64_t)(uintptr_t)alternate.ss_sp + alternate.ss_size;
    }
    suspended = false;
    if (action.flags & SA_RESETHAND) {
        program[signal].handler = SIG_DFL;
    }
    set_mask(handler.old_mask | action.mask | (action.flags & SA_NODEFER ? 0 : BIT(signal)));
    return handler;
}

void signals_leave(uint64_t wanted) { set_mask(wanted); }

void signals_suspend(uint64_t wanted)
{
    suspended_mask = mask;
    suspended = true;
    mask = wanted & ~(BIT(SIGKILL) | BIT(SIGSTOP));
}

void signals_resume(void)
{
    if (suspended) {
        suspended = false;
        set_mask(suspended_mask);
    }
}

static const char *name_of(int signal)
{
    static char text[40] = "SIG";
    const char *name = sigabbrev_np(signal);
    if (name == NULL) {
        text_format(text + 3, (uint64_t)signal);
    } else {
        strncpy(text + 3, name, sizeof text - 4);
    }
    return text;
}

/* Stops for a signal; the detail says whether it will end the program. False: the user dropped it. */
static bool stop_for(int signal, bool handled)
{
    char detail[48] = "fatal ";
    strncat(detail, name_of(signal), sizeof detail - 8);
    program_stop(STOP_SIGNAL, signal, "-", handled ? name_of(signal) : detail);
    return !program_request.drop_signal;
}

/* A replica stands at the end of its history whatever it is told. */
void signals_die(int signal)
{
    while (!is_live()) {
        stop_for(signal, false);
    }
    set_default(signal);
    set_kernel_mask(0);
    for (;;) {
        RAW(SYS_tgkill, RAW(SYS_getpid), RAW(SYS_gettid), signal);
    }
}

void signals_enter_recorded(int signal, const void *info)
{
    if (!has_handler(signal)) {
        signals_die(signal);
    }
    frame_enter(signal, info, NULL);
}

static bool is_wanted(int signal) { return program_request.stop_signals & BIT(signal); }

bool signals_deliver_one(void)
{
    uint64_t deliverable = queued & ~mask;
    if (deliverable == 0 || !is_live()) {
        return false;
    }
    int signal = __builtin_ctzll(deliverable) + 1;
    if (program[signal].handler == SIG_IGN || (!has_handler(signal) && is_harmless(signal))) {
        __atomic_and_fetch(&queued, ~BIT(signal), __ATOMIC_SEQ_CST);
        return true;
    }
    bool deliver = has_handler(signal) && !is_wanted(signal) ? true : stop_for(signal, has_handler(signal));
    if (!is_live()) {
        return true; /* a copy that was made at this stop: the signal is the head's */
    }
    __atomic_and_fetch(&queued, ~BIT(signal), __ATOMIC_SEQ_CST);
    if (!deliver) {
        return true;
    }
    log_begin(LOG_SIGNAL, signal, 0, 0);
    log_data(0, queued_info[signal], SIGNAL_INFO_BYTES);
    log_end();
    if (!has_handler(signal)) {
        log_flush();
        signals_die(signal);
    }
    frame_enter(signal, queued_info[signal], NULL);
    runloop_attention = runloop_attention || (queued & ~mask) != 0;
    return true;
}

bool signals_deliver_fault(void)
{
    int signal = fault.signal;
    if (signal == 0) {
        return false;
    }
    fault.signal = 0;
    bool handled = has_handler(signal) && !(mask & BIT(signal));
    if (handled && !is_wanted(signal)) {
        frame_enter(signal, fault.info, &fault.details);
        return true;
    }
    uint64_t tick = runloop_tick(), pc = CONTEXT->pc;
    if (stop_for(signal, handled) && runloop_tick() == tick && CONTEXT->pc == pc && !program_changed && fault.signal == 0) {
        if (handled) {
            frame_enter(signal, fault.info, &fault.details);
        } else {
            signals_die(signal);
        }
    }
    return true;
}

void signals_raise_no_code(void)
{
    siginfo_t info;
    memset(&info, 0, sizeof info);
    info.si_signo = SIGSEGV;
    info.si_code = SEGV_MAPERR;
    info.si_addr = (void *)CONTEXT->pc;
    fault.signal = SIGSEGV;
    memcpy(fault.info, &info, SIGNAL_INFO_BYTES);
    fault.details = (struct fault_details){FETCH_FAULT, PAGE_FAULT, CONTEXT->pc};
    signals_deliver_fault();
}

/* ---- what the shared parts ask ---- */

static bool is_restarted(int64_t nr)
{
    switch (nr) {
    case SYS_poll: case SYS_ppoll: case SYS_select: case SYS_pselect6: case SYS_epoll_wait: case SYS_epoll_pwait: case SYS_epoll_pwait2:
    case SYS_nanosleep: case SYS_clock_nanosleep: case SYS_pause: case SYS_rt_sigsuspend: case SYS_rt_sigtimedwait:
        return false;
    default:
        return true;
    }
}

/* The kernel restarts a call after the handler by standing at it again. So do we; and a signal that ends the program finds it there, too. */
void signals_interrupted(const struct call *call)
{
    uint64_t deliverable = queued & ~mask;
    int signal = deliverable == 0 ? 0 : __builtin_ctzll(deliverable) + 1;
    if (signal != 0 && (!has_handler(signal) || ((program[signal].flags & SA_RESTART) && is_restarted(call->nr)))) {
        runloop_attention = true;
        program_call_again();
    }
}

bool signals_pending(void) { return (queued & ~mask) != 0; }

bool signals_take_ignored(void)
{
    bool was = ignored;
    ignored = false;
    return was;
}

bool signals_handling(void) { return true; } /* replay.c need not look for handlers: events.c does */
void signals_deliver(bool in_call) { (void)in_call; }
void signals_run_handler(int signal) { (void)signal; }
