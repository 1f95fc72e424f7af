/* What the run loop does when somebody wants something. */
#include "clock.h"
#include "context.h"
#include "native.h"
#include "predicate.h"
#include "program.h"
#include "program_signals.h"
#include "protocol.h"
#include "runloop.h"
#include "session.h"

void host_attention(void)
{
    unsigned before = host_resumptions;
    predicate_look_again();
    if (before != host_resumptions || native_pending() || signals_deliver_fault()) {
        return;
    }
    if (native_finishes_instruction()) {
        return;
    }
    if (clock_slot->pause != 0 && session.started) {
        program_stop(STOP_PAUSE, 0, points_at(CONTEXT->pc), "");
        return;
    }
    if (!forks_requested()) {
        signals_deliver_one();
    }
}

void host_no_code(void) { signals_raise_no_code(); }
