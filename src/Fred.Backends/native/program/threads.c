/* Native programs have one thread; those with more are refused by calls.c. What the shared parts ask of threads is answered here. */
#include "threads.h"

#include "clock.h"
#include "futex.h"

bool threads_exist(void) { return false; }
int threads_here(void) { return 0; }
unsigned threads_number(void) { return 1; }
int64_t threads_clone(const struct call *call, const int64_t *arguments) { return (void)call, (void)arguments, -1; }
void threads_give_way(void) { }
struct saved_context *threads_context(void) { return NULL; }
bool threads_turn(void) { return true; }
bool threads_resumed_turn(void) { return true; }
void threads_after_fork(void) { }
void threads_become_live(void) { }
bool futex_is_ours(const struct call *call) { return (void)call, false; }
int64_t futex_live(const struct call *call, bool again) { return (void)call, (void)again, -1; }

void threads_release(void)
{
    clock_slot->in_syscall = 1;
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
}

void threads_acquire(void) { clock_slot->in_syscall = 0; }
