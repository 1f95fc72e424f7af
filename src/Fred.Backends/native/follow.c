/* What is hard about recording a child: it remains its parent's child in everything that the program can see. So it is no child of the launcher's as other heads are; its
 * copies are (fork.c), and what is said of it must not wait for anything that the parent waits for. */
#include "follow.h"

#include <signal.h>
#include <sys/prctl.h>

#include "calls.h"
#include "clock.h"
#include "control.h"
#include "descriptors.h"
#include "fork.h"
#include "log.h"
#include "mirrors.h"
#include "protocol.h"
#include "raw.h"
#include "session.h"

static uint64_t wanted; /* 0: none */
static uint64_t made;   /* as every replica counts them, too: a branch that begins before the fork follows the same child */

void follow_choose(uint64_t number) { wanted = number; }

bool follow_is_next(void) { return wanted != 0 && made + 1 == wanted && session.mode == MODE_RECORD; }

bool follow_is_ahead(void) { return made < wanted && session.mode == MODE_RECORD; }

void follow_count(int64_t result) { made += result >= 0; }
bool follow_any(void) { return made != 0; }

static void tell(int64_t pid)
{
    struct message *message = control_message();
    message_begin(message, MSG_FOLLOWED);
    message_number(message, pid);
    message_unsigned(message, made);
    control_send(message);
}

void follow_take_over(void) { tell(RAW(SYS_getpid)); }

void follow_tell_missing(void)
{
    if (follow_is_ahead()) {
        tell(0);
    }
}

bool follow_part(void)
{
    if (!session.followed || session.mode != MODE_RECORD) {
        return false;
    }
    log_flush();
    clock_before_fork();
    int64_t pid = fork_below_launcher();
    if (pid > 0) {
        process_leave();
        return true;
    }
    if (pid == 0) {
        RAW(SYS_prctl, PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
        memory_make_private();
        mirrors_abandon();
        descriptors_close_others();
        process_stay();
        tell(RAW(SYS_getpid));
    }
    return false;
}
