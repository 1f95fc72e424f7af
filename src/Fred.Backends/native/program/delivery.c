/* Signals reach the program, or stop it. */
#include <string.h>

#include "clock.h"
#include "context.h"
#include "contexts.h"
#include "directed.h"
#include "follow.h"
#include "handover.h"
#include "log.h"
#include "maps.h"
#include "native.h"
#include "program.h"
#include "program_signals.h"
#include "protocol.h"
#include "raw.h"
#include "replay.h"
#include "runloop.h"
#include "session.h"
#include "signal_state.h"
#include "signals.h"
#include "text.h"

enum { PRESENT = 1, FETCH_FAULT = 0x14, PAGE_FAULT = 14, PAGE = 4096 };

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

__attribute__((noreturn)) static void end_by(int signal)
{
    signals_set_default(signal);
    signals_set_kernel_mask(0);
    for (;;) {
        RAW(SYS_tgkill, RAW(SYS_getpid), RAW(SYS_gettid), signal);
    }
}

/* Stops for a signal; the detail says whether it will end the program. False: the user dropped it. */
static bool stop_for(int signal, bool handled)
{
    if (!handled) {
        follow_tell_missing();
        if (follow_part()) {
            end_by(signal);
        }
    }
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
    end_by(signal);
}

static bool is_wanted(int signal) { return program_request.stop_signals & BIT(signal); }

bool signals_stop_again(int signal)
{
    if (is_live() || !is_wanted(signal) || !has_handler(signal)) {
        return false;
    }
    if (program_request.mode != PROGRAM_STOP) {
        char id[24];
        runloop_settle(); /* what was met before is noted before */
        text_format(id, SIGNAL_IDS + (uint64_t)signal);
        scan_note(runloop_tick(), id, CONTEXT->pc, NULL, 0);
        return false;
    }
    if (runloop_tick() == program_request.begun) {
        return false;
    }
    program_stop(STOP_SIGNAL, signal, "-", name_of(signal));
    return true;
}

void signals_enter_recorded(int signal, const void *info)
{
    directed_done(signal);
    if (!has_handler(signal)) {
        signals_die(signal);
    }
    frame_enter(signal, info, NULL);
}

/* For this thread, or for any. */
static uint64_t deliverable(void) { return (signals.queued | (contexts_many() ? directed_to(contexts_current()) : 0)) & ~signals.mask; }

static const uint8_t *info_of(int signal) { return contexts_many() && (directed_to(contexts_current()) & BIT(signal)) ? directed_info(signal) : signals.queued_info[signal]; }

static void take(int signal)
{
    if (contexts_many() && (directed_to(contexts_current()) & BIT(signal))) {
        directed_done(signal);
    } else {
        __atomic_and_fetch(&signals.queued, ~BIT(signal), __ATOMIC_SEQ_CST);
    }
}

static bool is_unheeded(int signal) { return signals.program[signal].handler == SIG_IGN || (!has_handler(signal) && is_harmless(signal)); }

/* What the program does not heed interrupts no call of its. We have a handler for it nevertheless while a thread waits for children (waits.c). */
void signals_drop_unheeded(void)
{
    for (uint64_t left = signals.queued; left != 0; left &= left - 1) {
        int signal = __builtin_ctzll(left) + 1;
        if (is_unheeded(signal)) {
            __atomic_and_fetch(&signals.queued, ~BIT(signal), __ATOMIC_SEQ_CST);
        }
    }
}

bool signals_deliver_one(void)
{
    uint8_t info[SIGNAL_INFO_BYTES];
    if (!is_live() || deliverable() == 0) {
        return false;
    }
    int signal = __builtin_ctzll(deliverable()) + 1;
    if (is_unheeded(signal)) {
        take(signal);
        return true;
    }
    memcpy(info, info_of(signal), sizeof info);
    bool deliver = has_handler(signal) && !is_wanted(signal) ? true : stop_for(signal, has_handler(signal));
    if (!is_live()) {
        return true; /* a copy that was made at this stop: the signal is the head's */
    }
    take(signal);
    if (!deliver) {
        return true;
    }
    bool in_call = !program_exact && calls_just_returned();
    if (!program_exact && !in_call) {
        handover_for_signal();
        if (!is_live()) {
            return true;
        }
    }
    clock_slot->ticks = program_exact ? runloop_tick() : LOG_UNKNOWN_TICK;
    log_begin(LOG_SIGNAL, signal, 0, in_call ? RECORD_IN_CALL : 0);
    log_data(0, info, sizeof info);
    log_end();
    if (!has_handler(signal)) {
        log_flush();
        signals_die(signal);
    }
    frame_enter(signal, info, NULL);
    runloop_attention = runloop_attention || deliverable() != 0;
    return true;
}

/* The recording ends where the program crashed, but for what the user did to repair it. */
static void notice_crash_of_a_replica(void)
{
    struct record next;
    if (session.mode == MODE_REPLAY && !program_changed && log_record(replay_cursor(), &next) && next.nr != LOG_INJECT) {
        replay_diverged("the program crashes, as it did not in the recording: it uses memory that is not recorded");
    }
}

bool signals_deliver_fault(void)
{
    int signal = signals.fault.signal;
    if (signal == 0) {
        return false;
    }
    signals.fault.signal = 0;
    bool handled = has_handler(signal) && !(signals.mask & BIT(signal)), stopped = true, deliver = true, located = program_exact;
    uint64_t tick = runloop_tick(), pc = CONTEXT->pc;
    if (handled && !(is_live() && is_wanted(signal))) {
        stopped = signals_stop_again(signal);
    } else {
        notice_crash_of_a_replica();
        deliver = stop_for(signal, handled);
    }
    bool stands_there = (!located || runloop_tick() == tick) && CONTEXT->pc == pc && !program_changed && signals.fault.signal == 0;
    if (!stopped || (deliver && stands_there)) {
        if (handled) {
            frame_enter(signal, signals.fault.info, &signals.fault.details);
        } else {
            signals_die(signal);
        }
    }
    return true;
}

static struct { bool mapped, readable; } at_pc;

static void look_at_pc(const struct mapping *mapping)
{
    if (CONTEXT->pc >= mapping->start && CONTEXT->pc < mapping->end) {
        at_pc.mapped = true;
        at_pc.readable = mapping->read;
    }
}

/* As the processor and the kernel would tell it: nothing is there, or something that may not be executed. */
void signals_raise_no_code(void)
{
    siginfo_t info;
    unsigned char resident = 0;
    at_pc.mapped = at_pc.readable = false;
    maps_each(look_at_pc);
    if (at_pc.readable) {
        RAW(SYS_mincore, CONTEXT->pc & ~(uint64_t)(PAGE - 1), PAGE, &resident);
    }
    memset(&info, 0, sizeof info);
    info.si_signo = SIGSEGV;
    info.si_code = at_pc.mapped ? SEGV_ACCERR : SEGV_MAPERR;
    info.si_addr = (void *)CONTEXT->pc;
    signals.fault.signal = SIGSEGV;
    memcpy(signals.fault.info, &info, SIGNAL_INFO_BYTES);
    signals.fault.details = (struct fault_details){FETCH_FAULT | (resident & PRESENT), PAGE_FAULT, CONTEXT->pc};
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

bool signals_restart(int64_t nr)
{
    int signal = deliverable() == 0 ? 0 : __builtin_ctzll(deliverable()) + 1;
    return signal != 0 && (!has_handler(signal) || ((signals.program[signal].flags & SA_RESTART) && is_restarted(nr)));
}

/* The kernel restarts a call after the handler by standing at it again. So do we; and a signal that ends the program finds it there, too. */
void signals_interrupted(const struct call *call)
{
    if (signals_restart(call->nr)) {
        runloop_attention = true;
        program_call_again();
    }
}

bool signals_pending(void) { return deliverable() != 0; }

bool signals_take_ignored(void)
{
    bool was = signals.ignored;
    signals.ignored = false;
    return was;
}

bool signals_handling(void) { return true; } /* replay.c need not look for handlers: events.c does */
void signals_deliver(bool in_call) { (void)in_call; }
void signals_run_handler(int64_t what) { (void)what; }
