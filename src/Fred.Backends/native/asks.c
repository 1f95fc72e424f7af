/* The hard part: the stop is the session's own business, so the movement that was under way must not notice it. The event at which the head stops for it has therefore
 * not been looked at yet when it is told to run on; in the checkpoint that is made there, it has. */
#include "asks.h"

#include <string.h>

#include "clock.h"
#include "control.h"
#include "fred.h"
#include "protocol.h"
#include "raw.h"
#include "session.h"

enum { MAX_ASKED = 4096 };

static char asked[MAX_ASKED]; /* requests, one a line */
static size_t asked_used;

/* A copy that replays has inherited what its parent had not told yet; it is the parent's. */
bool asks_pending(void)
{
    asked_used = session.mode == MODE_RECORD ? asked_used : 0;
    return asked_used > 0;
}

int fred_ask(const char *request)
{
    size_t length = strlen(request);
    if (session.mode != MODE_RECORD) {
        return session.mode == MODE_REPLAY; /* the head was heard */
    }
    if (asked_used + length + 2 > MAX_ASKED) {
        return 0;
    }
    memcpy(asked + asked_used, request, length);
    asked_used += length;
    asked[asked_used++] = '\n';
    asked[asked_used] = '\0';
    clock_slot->target = 0;
    return 1;
}

void fred_go_back(const char *request)
{
    if (session.mode != MODE_OFF && !clock_suspended) { /* a statement of the user's, run at a stop, has to end */
        control_stop_for_good(STOP_ASKED, request);
    }
}

bool asks_serve(void)
{
    static char told[MAX_ASKED];
    if (!asks_pending()) {
        return false;
    }
    memcpy(told, asked, asked_used + 1);
    asked_used = 0; /* copies made at the stop have nothing left to ask */
    int64_t self = RAW(SYS_getpid);
    control_stop(STOP_ASKED, "-", told);
    return RAW(SYS_getpid) != self;
}
