/* What is hard (besides errand.c): DMTCP makes ordinary system calls, none of which may be recorded. So while an image is written there is no dispatch, no mode and no page. */
#include "snapshot.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>

#include "calls.h"
#include "clock.h"
#include "control.h"
#include "errand.h"
#include "fred.h"
#include "intercept.h"
#include "log.h"
#include "raw.h"
#include "replay.h"
#include "session.h"
#include "shared_maps.h"
#include "start.h"

enum { SET_SYSCALL_USER_DISPATCH = 59, DISPATCH_OFF = 0 };

typedef int main_function(int, char **, char **);
typedef int start_main(main_function *, int, char **, void (*)(void), void (*)(void), void (*)(void), void *);

void *snapshot_program_thread;

static void *find(const char *name) { return dlsym(RTLD_DEFAULT, name); }

bool snapshot_begins_later(void) { return getenv("FRED_BEGIN") != NULL; }

/* libc's own, replaced by name: it runs behind all constructors, DMTCP's too. In DMTCP's launcher, which is loaded with us as well, there is no DMTCP. */
FRED_API int __libc_start_main(main_function *program, int argc, char **argv, void (*init)(void), void (*fini)(void), void (*end)(void), void *stack)
{
    start_main *real;
    *(void **)&real = dlsym(RTLD_NEXT, "__libc_start_main");
    if (snapshot_begins_later() && errand_begin(find)) {
        snapshot_program_thread = __builtin_thread_pointer();
        unsetenv("DMTCP_ORIG_LD_PRELOAD"); /* our library: DMTCP would load it into the programs that this one starts, and end them because its name is too long */
        snapshot_begin_session();
    }
    return real(program, argc, argv, init, fini, end, stack);
}

/* DMTCP's question, answered by whoever has a function of this name. */
FRED_API int dmtcp_skip_memory_region_ckpting(const void *area) { return shared_maps_leave_out(area); }

/* The process that has come back: its copy becomes a checkpoint of the session that restarted it. */
static void become_checkpoint(uint64_t cursor)
{
    snapshot_program_thread = NULL; /* DMTCP's is not copied */
    errand_leave(cursor);
    errand_introduce();
}

void snapshot_take(uint64_t token, const char *path, uint64_t tick)
{
    if (!errand_possible() || session.mode != MODE_RECORD || snapshot_foreign_thread()) {
        errand_answer(token, -ENOSYS);
        return;
    }
    if (control_is_in_call() || clock_tick() != tick) {
        errand_answer(token, control_is_in_call() ? -EAGAIN : -ESTALE);
        return;
    }
    if (!shared_maps_copy()) {
        errand_answer(token, -ENOMEM);
        return;
    }
    log_flush();
    uint64_t cursor = replay_cursor();
    struct slot *slot = clock_slot;
    clock_before_fork();
    clock_after_fork(); /* a private slot: the page is gone for a while */
    session.mode = MODE_OFF;
    RAW(SYS_prctl, SET_SYSCALL_USER_DISPATCH, DISPATCH_OFF, 0, 0, 0);
    RAW(SYS_munmap, session.page, PAGE_BYTES);
    int64_t outcome = errand_run(path);
    if (outcome == ERRAND_RESTARTED) {
        become_checkpoint(cursor);
        return;
    }
    start_map_page(session.page_path);
    clock_move_to(slot, tick);
    session.mode = MODE_RECORD;
    intercept_on();
    errand_finish(token, path, outcome, shared_maps_left_out());
}

bool snapshot_take_here(uint64_t token)
{
    snapshot_take(token, errand_path(token), clock_tick());
    return session.mode != MODE_RECORD;
}
