/* The hard part is that a fork has only one thread. So whenever a thread is without the baton, what it needs to go on has been saved before (registers of a
 * call-preserving place, like setjmp; the rest is its stack), and a replica makes a thread on that stack, with that thread pointer, which goes on there. A
 * thread that is in the kernel in the head is then about to read its call's record from the log in the replica. */
#include <asm/prctl.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>

#include "calls.h"
#include "clock.h"
#include "control.h"
#include "log.h"
#include "processor.h"
#include "protocol.h"
#include "python.h"
#include "replay.h"
#include "session.h"
#include "thread_signals.h"
#include "thread_table.h"
#include "threads.h"

/* Shadow stacks lie at fixed addresses, far from everything else: what libfred maps must not move the program's mappings. */
#define ACTIVATIONS_ADDRESS 0x7d0000000000
enum { ACTIVATIONS_BYTES = MAX_ACTIVATIONS * sizeof(struct activation), SCRATCH = 1024 };

/* What a thread made again needs of the flags the program gave. The ids' addresses are written by us. */
enum { KEPT_FLAGS = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM };

/* ---- beginning ---- */

static void intercept(void)
{
    if (intercept_this_thread() < 0) {
        RAW(SYS_exit_group, EXIT_NO_CONTROLLER);
    }
}

/* The first code of a thread, on its own stack; also in a replica made before its first turn. */
static void begin(int64_t place)
{
    thread_here = (int)place;
    struct thread *thread = &threads.table[place];
    bool live = thread->made_live;
    thread_signals_note_mask(thread->mask);
    if (!live) {
        thread_signals_restore();
    }
    intercept();
    if (live) {
        baton_wait(thread_here);
        threads_switch_in();
    } else {
        live = !threads_resumed_turn();
    }
    threads_record(LOG_THREAD_START, thread->number, live);
    thread->begun = true;
    fred_enter_program(&thread->registers, thread->stack);
}

static void go_on(int64_t place)
{
    thread_signals_restore();
    intercept();
    fred_resume(&threads.table[place].context);
}

static void know_the_first(const struct call *call)
{
    if (threads.exist) {
        return;
    }
    threads.exist = true;
    threads.table[0].number = 1;
    threads.table[0].begun = true;
    threads.table[0].activations = clock_activations;
    threads.table[0].id = RAW(SYS_gettid);
    thread_signals_note_mask(*(const uint64_t *)&call->context->uc_sigmask);
    baton_seats[0].taken = true;
    RAW(SYS_arch_prctl, ARCH_GET_FS, &threads.table[0].thread_pointer);
}

static int free_place(void)
{
    int place = 1;
    while (place < MAX_THREADS && baton_seats[place].taken) {
        place++;
    }
    if (place == MAX_THREADS) {
        control_stop_for_good(STOP_UNSUPPORTED, "the program has more than 250 threads at once, which is more than Fred can replay; history up to here can be explored");
    }
    return place;
}

static void map_activations(struct thread *thread, int place)
{
    if (!thread->mapped) {
        int64_t address = ACTIVATIONS_ADDRESS + (int64_t)place * ACTIVATIONS_BYTES;
        thread->activations = (struct activation *)RAW(SYS_mmap, address, ACTIVATIONS_BYTES, PROT_READ | PROT_WRITE,
                                                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0);
        thread->mapped = true;
    }
}

/* `known_as`: the id that the program gets; 0: that of the kernel. */
static int64_t make(const struct call *call, const int64_t *a, int64_t known_as)
{
    know_the_first(call);
    int place = free_place();
    struct thread *thread = &threads.table[place];
    map_activations(thread, place);
    thread->number = ++threads.last_number;
    thread->begun = false;
    thread->made_live = session.mode == MODE_RECORD;
    thread->counter = python_unknown_counter();
    thread->stack = a[1];
    thread->thread_pointer = a[4];
    thread->clear_tid = a[0] & CLONE_CHILD_CLEARTID ? (volatile int *)a[3] : NULL;
    thread->registers = children_registers(call);
    thread->mask = *(const uint64_t *)&call->context->uc_sigmask;
    memset(&baton_seats[place], 0, sizeof baton_seats[place]);
    baton_seats[place].taken = true;
    baton_seat_count = place < baton_seat_count ? baton_seat_count : place + 1;
    int64_t id = fred_clone_thread(KEPT_FLAGS | CLONE_SETTLS, thread->stack - SCRATCH, thread->thread_pointer, begin, place);
    if (id < 0) {
        baton_seats[place].taken = false;
    } else {
        threads.count++;
        thread->id = id;
        thread->known_as = known_as != 0 ? known_as : id;
        processor_born(place, thread_here);
        if (thread->made_live) {
            baton_ask(place);
        }
    }
    return id;
}

/* Where the program wants the new thread's id. In a replica it is the recorded one, which the program goes on using. */
static void note_id(const int64_t *a, int id)
{
    if (id > 0 && (a[0] & CLONE_PARENT_SETTID)) {
        *(int *)a[2] = id;
    }
    if (id > 0 && (a[0] & CLONE_CHILD_SETTID)) {
        *(int *)a[3] = id;
    }
}

int64_t threads_clone(const struct call *call, const int64_t *a)
{
    if (session.mode == MODE_REPLAY) {
        int64_t result = replay_expect(SYS_clone, 0, a).result;
        if (result > 0 && make(call, a, result) < 0) {
            replay_diverged("a thread of the program could not be made again: the machine has no room for it (ulimit -u)");
        }
        note_id(a, (int)result);
        replay_done();
        return result;
    }
    int64_t id = make(call, a, 0);
    note_id(a, (int)id);
    log_begin(SYS_clone, id, 0, 0);
    log_end();
    return id;
}

/* ---- ending ---- */

void threads_exit(void)
{
    static volatile uint32_t no_lock;
    struct thread *thread = &threads.table[thread_here];
    uint64_t all_but_ours = ~((uint64_t)1 << (SIGSYS - 1)); /* which a look at the clock may still raise */
    if (!threads.exist || threads.count == 1) {
        return;
    }
    bool live = session.mode == MODE_RECORD;
    if (!live) {
        threads_stop_at_turn();
    }
    threads_record(SYS_exit, 0, live);
    RAW(SYS_rt_sigprocmask, SIG_SETMASK, &all_but_ours, NULL, sizeof all_but_ours);
    bool stay = threads.leader == thread_here;
    threads.leader = stay ? NO_THREAD : threads.leader;
    RAW(SYS_set_robust_list, NULL, 3 * sizeof(void *)); /* the kernel must not look at memory that is no more */
    threads.count--;
    threads.running = NO_THREAD;
    if (thread->clear_tid != NULL) {
        *thread->clear_tid = 0;
        if (live) {
            baton_wake((const void *)thread->clear_tid, ~(uint32_t)0, INT32_MAX);
        }
    }
    if (live) {
        baton_leave(thread_here, stay);
    }
    baton_seats[thread_here].taken = false;
    int next = replay_next_thread();
    if (next == NO_THREAD) {
        replay_diverged("the recording ends here, where a thread of the program ended");
    }
    baton_holder = next;
    fred_thread_leave(&baton_seats[next].go, GO_BATON, &no_lock, stay);
}

/* ---- forks ---- */

void threads_after_fork(void)
{
    if (threads.exist) {
        threads.table[thread_here].id = RAW(SYS_gettid);
        threads.leader = thread_here;
        baton_after_fork(thread_here);
        processor_after_fork(thread_here);
    }
}

bool threads_recreate(void)
{
    for (int i = 0; threads.exist && i < baton_seat_count; i++) {
        struct thread *thread = &threads.table[i];
        if (!baton_seats[i].taken || i == thread_here) {
            continue;
        }
        thread->made_live = false;
        int64_t stack = thread->begun ? (int64_t)thread->context.rsp : thread->stack;
        int64_t id = fred_clone_thread(KEPT_FLAGS | CLONE_SETTLS, stack - SCRATCH, thread->thread_pointer, thread->begun ? go_on : begin, i);
        if (id < 0) {
            return false;
        }
        thread->id = id;
        processor_born(i, thread_here);
    }
    return true;
}

/* In a replica their kernel threads are still there, on stacks that the program is about to use for others. */
void threads_become_one(bool have_gone)
{
    if (!threads.exist) {
        return;
    }
    for (int i = 0; i < baton_seat_count; i++) {
        if (baton_seats[i].taken && i != thread_here) {
            if (!have_gone) {
                baton_dismiss(i);
            }
            baton_seats[i].taken = false;
        }
    }
    if (have_gone) {
        threads.leader = thread_here;
    } else if (threads.leader != thread_here) {
        threads.leader = NO_THREAD;
    }
    threads.count = 1;
    threads.table[thread_here].known_as = 0;
    baton_after_fork(thread_here);
}

void threads_dissolve(void)
{
    processor_let_go();
    threads.exist = false;
    python_forget_counters();
    baton_dissolve();
}

/* Its end was to be announced by us. */
void threads_let_go(void)
{
    volatile int *clear = threads.table[thread_here].clear_tid;
    if (clear != NULL) {
        RAW(SYS_set_tid_address, clear);
    }
}

void threads_become_live(void)
{
    if (threads.exist) {
        baton_wake_everybody(thread_here);
    }
}
