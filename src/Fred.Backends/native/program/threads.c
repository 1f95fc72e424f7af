/* What the shared parts ask of threads. They have the kernel's in mind, of which a native program has one: see contexts.h. */
#include "threads.h"

#include "clock.h"
#include "contexts.h"
#include "futex.h"
#include "identity.h"
#include "raw.h"
#include "turns.h"

bool threads_exist(void) { return false; }
int64_t threads_known_as(void) { return identity_pid(); } /* those of several answer themselves */
int64_t threads_kernel_id(int64_t id) { return identity_is_first(id) || contexts_by_tid(id) != NULL ? RAW(SYS_getpid) : id; }
int threads_here(void) { return contexts_here; }
unsigned threads_number(void) { return contexts_many() ? contexts_current()->number : 1; }
int64_t threads_clone(const struct call *call, const int64_t *arguments) { return (void)call, (void)arguments, -1; }
void threads_give_way(void) { }
void threads_leave_processor(void) { }
struct saved_context *threads_context(void) { return NULL; }
bool threads_turn(void) { return true; }
bool threads_resumed_turn(void) { return true; }
void threads_after_fork(void) { }
void threads_become_live(void) { turns_become_live(); }
bool futex_is_ours(const struct call *call) { return (void)call, false; }
int64_t futex_live(const struct call *call, bool again) { return (void)call, (void)again, -1; }

void threads_release(void)
{
    clock_slot->in_syscall = 1;
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
}

void threads_acquire(void) { clock_slot->in_syscall = 0; }
