#include "handover.h"

#include <sched.h>
#include <stddef.h>
#include <sys/uio.h>

#include "control.h"
#include "native.h"
#include "program.h"
#include "raw.h"
#include "session.h"

#define TRANSLATED " from here on it runs translated, 1 to 6 times slower."

enum { FEW_SIGNALS = 8 }; /* to be located takes a replay of what was run since the last time */

static bool made;
static int signals_met;

bool handover_made(void) { return made; }

/* ---- what is beyond a native head ---- */

/* Both kinds of timers are told as interval and first time, two words each. The program's pointer may lead nowhere. */
static bool repeats(int64_t address)
{
    uint64_t words[4];
    struct iovec to = {words, sizeof words}, from = {(void *)address, sizeof words};
    return RAW(SYS_process_vm_readv, RAW(SYS_getpid), &to, 1, &from, 1, 0) == sizeof words && (words[0] | words[1]) != 0 && (words[2] | words[3]) != 0;
}

static bool starts_thread(const struct call *call) { return call->nr == SYS_clone && (call->arguments[0] & CLONE_THREAD); }

static bool arms_interval_timer(const struct call *call)
{
    return (call->nr == SYS_setitimer && repeats(call->arguments[1])) || (call->nr == SYS_timer_settime && repeats(call->arguments[2]));
}

const char *handover_reason(const struct call *call)
{
    if (made || !native_wanted() || session.role == ROLE_DIVERSION) {
        return NULL;
    }
    return arms_interval_timer(call) ? "The program sets an interval timer:" TRANSLATED : starts_thread(call) ? "The program starts a thread:" TRANSLATED : NULL;
}

/* ---- going over ---- */

void handover_make(const char *why)
{
    made = true;
    if (session.mode == MODE_RECORD) {
        control_notice(why);
        if (!program_exact) {
            program_be_located();
        }
    }
}

void handover_for_signal(void)
{
    if (++signals_met < FEW_SIGNALS) {
        program_be_located();
    } else {
        handover_make("The program gets many signals:" TRANSLATED);
    }
}
