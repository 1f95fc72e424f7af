#include "directed.h"

#include <errno.h>
#include <string.h>

#include "frame.h"
#include "identity.h"
#include "log.h"
#include "raw.h"
#include "replay.h"
#include "runloop.h"
#include "session.h"
#include "signal_state.h"

enum { MOST_DIRECTED = 256 };

static struct { const struct thread *to; int signal; uint8_t info[SIGNAL_INFO_BYTES]; } waiting[MOST_DIRECTED];
static int count;

uint64_t directed_to(const struct thread *thread)
{
    uint64_t all = 0;
    for (int i = 0; i < count; i++) {
        all |= waiting[i].to == thread ? BIT(waiting[i].signal) : 0;
    }
    return all;
}

static int find(int signal)
{
    int i = 0;
    while (i < count && !(waiting[i].to == contexts_current() && waiting[i].signal == signal)) {
        i++;
    }
    return i;
}

const uint8_t *directed_info(int signal) { return waiting[find(signal)].info; }

void directed_done(int signal)
{
    int at = find(signal);
    if (at < count) {
        memmove(&waiting[at], &waiting[at + 1], (size_t)(--count - at) * sizeof waiting[0]);
    }
}

void directed_forget(const struct thread *thread)
{
    int kept = 0;
    for (int i = 0; i < count; i++) {
        if (waiting[i].to != thread) {
            waiting[kept++] = waiting[i];
        }
    }
    count = kept;
}

void directed_forget_all(void) { count = 0; }

void directed_send_to_kernel(void)
{
    for (int i = 0; i < count; i++) {
        RAW(SYS_rt_tgsigqueueinfo, RAW(SYS_getpid), waiting[i].to->number == 1 ? RAW(SYS_getpid) : waiting[i].to->tid, waiting[i].signal, waiting[i].info);
    }
    count = 0;
}

/* The sender is in the recording: its ids are those of the head. */
static void send(const struct thread *to, int signal, int pid, int uid)
{
    siginfo_t info;
    if (count == MOST_DIRECTED || (signal < SIGRTMIN && (directed_to(to) & BIT(signal)))) {
        return;
    }
    memset(&info, 0, sizeof info);
    info.si_signo = signal;
    info.si_code = SI_TKILL;
    info.si_pid = pid;
    info.si_uid = (uid_t)uid;
    waiting[count].to = to;
    waiting[count].signal = signal;
    memcpy(waiting[count++].info, &info, SIGNAL_INFO_BYTES);
    if (to == contexts_current()) {
        runloop_attention = true;
    }
}

bool directed_call(const struct call *call, int64_t *result)
{
    const int64_t *a = call->arguments;
    int64_t tid = call->nr == SYS_tgkill ? a[1] : a[0], signal = call->nr == SYS_tgkill ? a[2] : a[1];
    struct { int pid, uid; char end; } ids = {0, 0, 0};
    const struct thread *to = contexts_by_tid(tid);
    if ((call->nr != SYS_tgkill && call->nr != SYS_tkill) || to == NULL) {
        return false;
    }
    if (signal < 0 || signal >= SIGNALS) {
        *result = -EINVAL;
        return true;
    }
    if (session.mode == MODE_REPLAY) {
        *result = replay_expect(call->nr, 0, NULL).result;
        replay_data(&ids, sizeof ids);
        replay_done();
    } else {
        ids.pid = (int)identity_pid();
        ids.uid = (int)RAW(SYS_getuid);
        *result = 0;
        log_begin((int)call->nr, 0, 0, 0);
        log_data(0, &ids, 2 * sizeof(int));
        log_end();
    }
    if (signal > 0) {
        send(to, (int)signal, ids.pid, ids.uid);
    }
    return true;
}

bool directed_take(const struct call *call, int64_t *result)
{
    uint64_t wanted = directed_to(contexts_current()) & *(const uint64_t *)call->arguments[0];
    if (wanted == 0) {
        return false;
    }
    int signal = __builtin_ctzll(wanted) + 1;
    if (call->arguments[1] != 0) {
        memcpy((void *)call->arguments[1], directed_info(signal), sizeof(siginfo_t));
    }
    directed_done(signal);
    *result = signal;
    return true;
}
