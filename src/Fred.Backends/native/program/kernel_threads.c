/* The hard part is a thread's id. The program has it in locks, in libc's descriptors and where it likes, so a thread that is to go on by itself must have in the kernel the id that
 * the program knows it by, and a process may not choose ids. So each thread is made when the program asks for it, and sleeps, with all signals blocked, until it is needed or its
 * thread has ended. Then it takes over the thread's registers, mask and stacks as the kernel does at the end of a signal handler: all at once. */
#include "kernel_threads.h"

#include <asm/prctl.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>

#include "calls_again.h"
#include "contexts.h"
#include "directed.h"
#include "frame.h"
#include "native.h"
#include "raw.h"
#include "signal_state.h"
#include "standing.h"
#include "text.h"
#include "waits.h"

enum { STACK_BYTES = 4096, ROBUST_HEAD_BYTES = 3 * sizeof(void *) };
enum { FLAGS = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM };
enum { SLEEP, LEAVE, GO_ON, GONE };
enum { LONGEST_MS = 500, PATH_BYTES = 64, NUMBER_BYTES = 24 };

static struct kernel_thread {
    volatile uint32_t what;
    volatile int id; /* 0: none; the kernel says so when it has ended */
    int process;     /* which it belongs to: not to a fork of that one */
    bool waits;      /* stands in a call that is not over: it goes first */
    uint64_t frame;  /* to go on by */
    uint8_t frame_room[FRAME_ROOM] __attribute__((aligned(64)));
    uint8_t stack[STACK_BYTES] __attribute__((aligned(64)));
} table[MAX_CONTEXTS];

static bool is_here(const struct kernel_thread *t) { return t->id != 0 && t->process == RAW(SYS_getpid); }

bool kernel_threads_exist(void)
{
    for (int i = 0; i < contexts_places; i++) {
        if (is_here(&table[i]) && table[i].what != LEAVE) {
            return true;
        }
    }
    return false;
}

/* ---- one ---- */

/* Which is the process's own for the kernel. */
static bool is_first(int place) { return contexts[place].number == 1; }

/* True as long as it has not begun its call again, as far as can be told. */
static bool is_on_its_way(int place)
{
    char path[PATH_BYTES] = "/proc/self/task/", text[NUMBER_BYTES] = "", number[NUMBER_BYTES];
    text_format(number, (uint64_t)(is_first(place) ? RAW(SYS_getpid) : table[place].id));
    int64_t file = RAW(SYS_openat, AT_FDCWD, strcat(strcat(path, number), "/syscall"), O_RDONLY | O_CLOEXEC, 0);
    RAW(SYS_read, file, text, sizeof text - 1);
    RAW(SYS_close, file);
    text_format(number, (uint64_t)contexts[place].waiting.call.nr);
    return table[place].what != GONE || strncmp(text, strcat(number, " "), strlen(number)) != 0;
}

static int64_t now(void)
{
    struct timespec time;
    RAW(SYS_clock_gettime, CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

/* A signal from another thread would end the wait of one that has been waiting for long, but be too early for one that is about to. When the first has seen them all wait it may be
 * that it has woken some, which the next need not see. */
static void wait_for_those_who_wait(void)
{
    static volatile bool all_wait;
    int64_t from = now();
    for (int i = 0; i < contexts_places && !all_wait; i++) {
        while (contexts[i].alive && table[i].waits && is_on_its_way(i) && !all_wait && now() - from < LONGEST_MS) {
            RAW(SYS_sched_yield);
        }
    }
    all_wait = true;
}

/* From here on it is the program's thread. What the kernel keeps for each thread, and a return from a handler does not set, is set before. */
__attribute__((noreturn)) static void go_on(int place)
{
    const struct thread *thread = &contexts[place];
    if (!table[place].waits) {
        wait_for_those_who_wait();
    }
    RAW(SYS_arch_prctl, ARCH_SET_FS, thread->base);
    RAW(SYS_set_robust_list, thread->robust, ROBUST_HEAD_BYTES);
    RAW(SYS_set_tid_address, thread->clear_tid);
    RAW(SYS_prctl, PR_SET_NAME, thread->name);
    native_allow_clock(true);
    table[place].what = GONE;
    __asm__ volatile("mov %0, %%rsp\n\tmov %1, %%eax\n\tsyscall" : : "r"(table[place].frame), "i"(SYS_rt_sigreturn) : "memory");
    __builtin_unreachable();
}

static void sleep_until_needed(int64_t place)
{
    struct kernel_thread *t = &table[place];
    RAW(SYS_set_tid_address, &t->id);
    while (t->what == SLEEP) {
        RAW(SYS_futex, &t->what, FUTEX_WAIT_PRIVATE, SLEEP, NULL);
    }
    if (t->what == LEAVE) {
        RAW(SYS_exit, 0);
    }
    go_on((int)place);
}

static void wake(struct kernel_thread *t, uint32_t what)
{
    t->what = what;
    RAW(SYS_futex, &t->what, FUTEX_WAKE_PRIVATE, 1);
}

/* The one that the place had before may be about to end. */
static void wait_for_end(struct kernel_thread *t)
{
    int id;
    while ((id = t->id) != 0 && is_here(t)) {
        RAW(SYS_futex, &t->id, FUTEX_WAIT, id, NULL);
    }
}

int64_t kernel_threads_make(int place)
{
    struct kernel_thread *t = &table[place];
    uint64_t all = ~(uint64_t)0, mask;
    wait_for_end(t);
    t->what = SLEEP;
    RAW(SYS_rt_sigprocmask, SIG_SETMASK, &all, &mask, sizeof all);
    int64_t id = fred_clone_thread(FLAGS, (int64_t)(t->stack + STACK_BYTES), 0, sleep_until_needed, place);
    RAW(SYS_rt_sigprocmask, SIG_SETMASK, &mask, NULL, sizeof mask);
    t->id = id < 0 ? 0 : (int)id;
    t->process = (int)RAW(SYS_getpid);
    return id;
}

void kernel_threads_end(int place)
{
    if (is_here(&table[place])) {
        wake(&table[place], LEAVE);
    }
}

/* ---- all ---- */

const char *kernel_threads_refusal(void)
{
    for (int i = 0; i < contexts_places && contexts_many(); i++) {
        if (!contexts[i].alive || is_first(i)) {
            continue;
        }
        if (!is_here(&table[i])) {
            return "the program has threads when it forks that were there before this future began; they could not go on without Fred";
        }
        if (!standing_is_same(table[i].id)) {
            return "the program has changed its user, its groups or its rights since it has started threads; they could not go on without Fred";
        }
    }
    return NULL;
}

static void prepare(int place)
{
    struct waiting *waiting = &contexts[place].waiting;
    contexts_switch(place);
    table[place].waits = waiting->in_call && !waits_ready(&contexts[place]);
    table[place].frame = frame_to_go_on(table[place].frame_room, calls_again(&contexts[place]));
    contexts_save_current();
}

/* If the first has ended, so has the process's own. */
void kernel_threads_release(void)
{
    uint64_t all = ~(uint64_t)0;
    int first = NO_CONTEXT;
    RAW(SYS_rt_sigprocmask, SIG_SETMASK, &all, NULL, sizeof all);
    contexts_save_current();
    for (int i = 0; i < contexts_places; i++) {
        if (contexts[i].alive) {
            prepare(i);
            first = is_first(i) ? i : first;
        }
    }
    directed_send_to_kernel();
    for (int i = 0; i < contexts_places; i++) {
        if (contexts[i].alive && i != first) {
            wake(&table[i], GO_ON);
        }
    }
    if (first == NO_CONTEXT) {
        RAW(SYS_set_robust_list, NULL, ROBUST_HEAD_BYTES);
        RAW(SYS_set_tid_address, NULL);
        RAW(SYS_exit, 0);
    }
    go_on(first);
}
