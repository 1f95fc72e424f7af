/* The hard part is that a fork has only one thread. So whenever a thread is without the baton, what it needs to go on has been saved before (registers of a
 * call-preserving place, like setjmp; the rest is its stack), and a replica makes a thread on that stack, with that thread pointer, which goes on there. A
 * thread that is in the kernel in the head is then about to read its call's record from the log in the replica. */
#include "threads.h"

#include <asm/prctl.h>
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>

#include "baton.h"
#include "clock.h"
#include "control.h"
#include "fred.h"
#include "log.h"
#include "protocol.h"
#include "python.h"
#include "replay.h"
#include "request.h"
#include "session.h"
#include "signals.h"

/* Shadow stacks lie at fixed addresses, far from everything else: what libfred maps must not move the program's mappings. */
#define ACTIVATIONS_ADDRESS 0x7d0000000000
enum { ACTIVATIONS_BYTES = MAX_ACTIVATIONS * sizeof(struct activation), SCRATCH = 1024 };

/* What a thread made again needs of the flags the program gave. The ids' addresses are written by us. */
enum { KEPT_FLAGS = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM };

struct thread {
    unsigned number;
    bool begun;                        /* it has had its first turn; before, it begins anew in a replica */
    bool made_live;                    /* by a head: it is given the baton by others, not by the log */
    bool mapped;                       /* its shadow stack is there */
    struct saved_context context;
    struct child_registers registers;  /* of the clone that made it */
    int64_t stack, thread_pointer;
    volatile int *clear_tid;           /* cleared at its end, and whoever joins it woken */
    struct activation *activations;
    const int *counter;                /* its recursion counter */
};

static struct thread table[MAX_THREADS];
static bool exist;
static int count = 1, running; /* running: whose Python state is in the globals; NO_THREAD after its end */
static unsigned last_number = 1;
static uint64_t turns;
static __thread int here;
static __thread bool kept; /* it went into a call with the baton */

bool threads_exist(void) { return exist; }
unsigned threads_started(void) { return last_number; }
int threads_places(void) { return baton_seat_count; }
int threads_here(void) { return here; }
unsigned threads_number(void) { return exist ? table[here].number : 1; }
uint64_t threads_turns(void) { return turns; }
bool threads_is_first(void) { return here == 0; }
struct saved_context *threads_context(void) { return &table[here].context; }

bool threads_is_alive(unsigned number)
{
    for (int i = 0; i < baton_seat_count; i++) {
        if (baton_seats[i].taken && table[i].number == number) {
            return true;
        }
    }
    return !exist && number == 1;
}

/* ---- what belongs to the running thread ---- */

static void switch_in(void)
{
    if (running == here) {
        return;
    }
    turns++;
    if (running != NO_THREAD) {
        table[running].counter = python_counter;
    }
    python_counter = table[here].counter;
    clock_activations = table[here].activations;
    running = here;
}

const struct activation *threads_activations(int thread, int32_t *deepest)
{
    static const struct activation nothing;
    if (exist && !baton_seats[thread].taken) {
        *deepest = -1;
        return &nothing;
    }
    const int *counter = thread == running || !exist ? python_counter : table[thread].counter;
    *deepest = python_depth_of(counter);
    return thread == running || !exist ? clock_activations : table[thread].activations;
}

int fred_threads(int *place, int *number, unsigned long long *ident, int max, int *current)
{
    int found = 0;
    *current = (int)threads_number();
    if (!exist && max > 0) {
        place[0] = 0;
        number[0] = 1;
        ident[0] = 0;
        return 1;
    }
    for (unsigned wanted = 1; wanted <= last_number && found < max; wanted++) {
        for (int i = 0; i < baton_seat_count; i++) {
            if (baton_seats[i].taken && table[i].number == wanted) {
                place[found] = i;
                number[found] = (int)wanted;
                ident[found++] = (unsigned long long)table[i].thread_pointer;
            }
        }
    }
    return found;
}

/* ---- the baton ---- */

void threads_release(void)
{
    signals_may_block = true;
    kept = !exist || clock_suspended;
    if (kept) {
        clock_slot->in_syscall = 1;
        __atomic_thread_fence(__ATOMIC_SEQ_CST);
        return;
    }
    baton_lock();
    baton_pass();
    baton_unlock();
}

void threads_acquire(void)
{
    signals_may_block = false;
    if (kept) {
        clock_slot->in_syscall = 0;
        return;
    }
    baton_take(here);
    switch_in();
    if (signals_pending()) {
        clock_slot->target = 0;
    }
}

void threads_wake_up(bool have_baton)
{
    if (!have_baton) {
        baton_take(here);
    }
    switch_in();
}

static bool may_yield(void) { return exist && !clock_suspended && baton_is_wanted(); }

bool threads_are_waiting(void) { return session.mode == MODE_RECORD && exist && baton_is_wanted(); }

void threads_give_way(void)
{
    if (may_yield()) {
        baton_yield(here);
        switch_in();
    }
}

/* ---- replay: whose turn ---- */

static bool have_baton(void)
{
    baton_wait(here);
    bool replays = session.mode == MODE_REPLAY;
    if (!replays) {
        baton_take(here);
    }
    switch_in();
    return replays;
}

static bool wait_for_turn(void)
{
    for (;;) {
        if (!have_baton()) {
            return false;
        }
        int next = replay_next_thread();
        if (next == NO_THREAD || next == here) {
            return true;
        }
        baton_hand_to(next);
    }
}

bool threads_resumed_turn(void) { return wait_for_turn(); }

/* Between two events of the user's code several threads may run, each on with what it was doing: whoever asks which of them did something looks here. */
static void stop_at_turn(void)
{
    if (run_request.turns) {
        control_stop_in_call(STOP_TURN, "");
    }
}

bool threads_turn(void)
{
    int next = exist ? replay_next_thread() : NO_THREAD;
    if (next == NO_THREAD || next == here) {
        return true;
    }
    stop_at_turn();
    if (fred_save(&table[here].context) == 0) {
        baton_hand_to(next);
    }
    return wait_for_turn();
}

/* ---- ticks ---- */

static void log_short(int what)
{
    log_begin(what, 0, 0, 0);
    log_end();
}

static void resume_in_replay(void)
{
    replay_expect(LOG_THREAD_RESUME, 0, NULL);
    replay_done();
}

void threads_at_tick(void)
{
    if (!exist || clock_suspended) {
        return;
    }
    if (session.mode == MODE_RECORD && baton_is_wanted() && clock_slot->pause == 0 && baton_should_yield()) {
        log_short(LOG_THREAD_YIELD);
        if (fred_save(&table[here].context) == 0) {
            baton_yield(here);
            switch_in();
            log_short(LOG_THREAD_RESUME);
        } else if (threads_resumed_turn()) {
            resume_in_replay();
        } else {
            log_short(LOG_THREAD_RESUME);
        }
    } else if (session.mode == MODE_REPLAY && replay_yields()) {
        if (threads_turn()) {
            resume_in_replay();
        } else {
            log_short(LOG_THREAD_RESUME);
        }
    }
}

/* ---- beginning ---- */

/* The first code of a thread, on its own stack; also in a replica made before its first turn. */
static void begin(int64_t place)
{
    here = (int)place;
    struct thread *thread = &table[place];
    bool live = thread->made_live;
    if (intercept_this_thread() < 0) {
        RAW(SYS_exit_group, EXIT_NO_CONTROLLER);
    }
    if (live) {
        baton_wait(here);
        switch_in();
    } else {
        live = !threads_resumed_turn();
    }
    if (live) {
        log_begin(LOG_THREAD_START, thread->number, 0, 0);
        log_end();
    } else {
        replay_expect(LOG_THREAD_START, 0, NULL);
        replay_done();
    }
    thread->begun = true;
    fred_enter_program(&thread->registers, thread->stack);
}

static void go_on(int64_t place)
{
    if (intercept_this_thread() < 0) {
        RAW(SYS_exit_group, EXIT_NO_CONTROLLER);
    }
    fred_resume(&table[place].context);
}

static void know_the_first(void)
{
    if (exist) {
        return;
    }
    exist = true;
    table[0].number = 1;
    table[0].begun = true;
    table[0].activations = clock_activations;
    baton_seats[0].taken = true;
    RAW(SYS_arch_prctl, ARCH_GET_FS, &table[0].thread_pointer);
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

static int64_t make(const struct call *call, const int64_t *a)
{
    const greg_t *g = call->context->uc_mcontext.gregs;
    know_the_first();
    int place = free_place();
    struct thread *thread = &table[place];
    map_activations(thread, place);
    thread->number = ++last_number;
    thread->begun = false;
    thread->made_live = session.mode == MODE_RECORD;
    thread->counter = python_unknown_counter();
    thread->stack = a[1];
    thread->thread_pointer = a[4];
    thread->clear_tid = a[0] & CLONE_CHILD_CLEARTID ? (volatile int *)a[3] : NULL;
    thread->registers = (struct child_registers){
        .rbx = (uint64_t)g[REG_RBX], .rbp = (uint64_t)g[REG_RBP], .rdi = (uint64_t)g[REG_RDI], .rsi = (uint64_t)g[REG_RSI],
        .rdx = (uint64_t)g[REG_RDX], .r8 = (uint64_t)g[REG_R8], .r9 = (uint64_t)g[REG_R9], .r10 = (uint64_t)g[REG_R10],
        .r12 = (uint64_t)g[REG_R12], .r13 = (uint64_t)g[REG_R13], .r14 = (uint64_t)g[REG_R14], .r15 = (uint64_t)g[REG_R15],
        .rip = (uint64_t)g[REG_RIP]};
    memset(&baton_seats[place], 0, sizeof baton_seats[place]);
    baton_seats[place].taken = true;
    baton_seat_count = place < baton_seat_count ? baton_seat_count : place + 1;
    int64_t id = fred_clone_thread(KEPT_FLAGS | CLONE_SETTLS, thread->stack - SCRATCH, thread->thread_pointer, begin, place);
    if (id < 0) {
        baton_seats[place].taken = false;
    } else {
        count++;
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
        if (result > 0 && make(call, a) < 0) {
            replay_diverged("a thread of the program could not be made again: the machine has no room for it (ulimit -u)");
        }
        note_id(a, (int)result);
        replay_done();
        return result;
    }
    int64_t id = make(call, a);
    note_id(a, (int)id);
    log_begin(SYS_clone, id, 0, 0);
    log_end();
    return id;
}

/* ---- ending ---- */

void threads_exit(void)
{
    static volatile uint32_t no_lock;
    struct thread *thread = &table[here];
    uint64_t all = ~(uint64_t)0;
    if (!exist || count == 1) {
        return;
    }
    bool live = session.mode == MODE_RECORD;
    if (live) {
        log_short(SYS_exit);
    } else {
        stop_at_turn();
        replay_expect(SYS_exit, 0, NULL);
        replay_done();
    }
    RAW(SYS_rt_sigprocmask, SIG_SETMASK, &all, NULL, sizeof all);
    bool stay = RAW(SYS_gettid) == RAW(SYS_getpid);
    RAW(SYS_set_robust_list, NULL, 3 * sizeof(void *)); /* the kernel must not look at memory that is no more */
    count--;
    running = NO_THREAD;
    if (thread->clear_tid != NULL) {
        *thread->clear_tid = 0;
        if (live) {
            baton_wake((const void *)thread->clear_tid, ~(uint32_t)0, INT32_MAX);
        }
    }
    if (live) {
        baton_leave(here, stay);
    }
    baton_seats[here].taken = false;
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
    if (exist) {
        baton_after_fork(here);
    }
}

bool threads_recreate(void)
{
    for (int i = 0; exist && i < baton_seat_count; i++) {
        struct thread *thread = &table[i];
        if (!baton_seats[i].taken || i == here) {
            continue;
        }
        thread->made_live = false;
        int64_t stack = thread->begun ? (int64_t)thread->context.rsp : thread->stack;
        int64_t id = fred_clone_thread(KEPT_FLAGS | CLONE_SETTLS, stack - SCRATCH, thread->thread_pointer, thread->begun ? go_on : begin, i);
        if (id < 0) {
            return false;
        }
    }
    return true;
}

void threads_become_live(void)
{
    if (exist) {
        baton_wake_everybody(here);
    }
}
