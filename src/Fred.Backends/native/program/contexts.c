/* The table of threads. The running one's registers are in the shared context and its masks in signals; its entry here is stale until it is saved. */
#include "contexts.h"

#include <asm/prctl.h>
#include <errno.h>
#include <linux/sched.h>
#include <string.h>
#include <sys/prctl.h>

#include "context.h"
#include "control.h"
#include "directed.h"
#include "follow.h"
#include "identity.h"
#include "kernel_threads.h"
#include "linelog.h"
#include "log.h"
#include "program.h"
#include "raw.h"
#include "replay.h"
#include "runloop.h"
#include "session.h"
#include "signal_state.h"
#include "sites.h"
#include "words.h"

struct thread contexts[MAX_CONTEXTS];
int contexts_here, contexts_places = 1;
static unsigned started = 1;
static int alive = 1;
static uint8_t vectors[MAX_CONTEXTS][XSAVE_BYTES] __attribute__((aligned(64)));

bool contexts_many(void) { return started > 1; }
unsigned contexts_started(void) { return started; }
int contexts_alive(void) { return alive; }

struct thread *contexts_by_number(unsigned number)
{
    for (int i = 0; i < contexts_places; i++) {
        if (contexts[i].alive && contexts[i].number == number) {
            return &contexts[i];
        }
    }
    return started == 1 && number == 1 ? &contexts[0] : NULL;
}

/* A replica made from exec has another pid than the head had, which libc noted before anything could be recorded: it means the first thread, too. */
struct thread *contexts_by_tid(int64_t tid)
{
    for (int i = 0; i < contexts_places; i++) {
        if (contexts[i].alive && contexts[i].tid == tid) {
            return &contexts[i];
        }
    }
    return contexts[0].alive && contexts[0].number == 1 && identity_is_first(tid) ? &contexts[0] : NULL;
}

static unsigned vector_bytes(void)
{
    static unsigned bytes;
    if (bytes == 0) {
        bytes = state_vector_bytes(); /* asks the processor, which may be slow */
    }
    return bytes;
}

void contexts_begin(void)
{
    contexts[0].alive = true;
    contexts[0].number = 1;
    RAW(SYS_prctl, PR_GET_NAME, contexts[0].name);
    size_t length;
    RAW(SYS_get_robust_list, 0, &contexts[0].robust, &length);
    RAW(SYS_prctl, PR_GET_TID_ADDRESS, &contexts[0].clear_tid); /* set by the dynamic linker, before us */
}

void contexts_save_current(void)
{
    struct thread *t = contexts_current();
    memcpy(t->r, CONTEXT->r, sizeof t->r);
    t->rflags = CONTEXT->rflags;
    t->pc = CONTEXT->pc;
    t->line_depth = CONTEXT->line_depth;
    t->mask = signals.mask;
    t->suspended = signals.suspended;
    t->suspended_mask = signals.suspended_mask;
    t->alternate = signals.alternate;
    RAW(SYS_arch_prctl, ARCH_GET_FS, &t->base);
    memcpy(vectors[contexts_here], context_vectors(), vector_bytes());
}

static void load(int place)
{
    struct thread *t = &contexts[place];
    contexts_here = place;
    memcpy(CONTEXT->r, t->r, sizeof t->r);
    CONTEXT->rflags = t->rflags;
    CONTEXT->pc = t->pc;
    CONTEXT->last_pc = t->waiting.in_call ? t->pc - SYSCALL_BYTES : t->pc;
    CONTEXT->line_depth = t->line_depth;
    if (session.mode == MODE_RECORD && signals.mask != t->mask) {
        signals_set_kernel_mask(t->mask);
    }
    signals.mask = t->mask;
    signals.suspended = t->suspended;
    signals.suspended_mask = t->suspended_mask;
    signals.alternate = t->alternate;
    RAW(SYS_arch_prctl, ARCH_SET_FS, t->base);
    memcpy(context_change_vectors(), vectors[place], vector_bytes());
}

void contexts_switch(int to)
{
    linelog_thread = contexts[to].number;
    if (contexts_current()->alive) {
        contexts_save_current();
    }
    load(to);
}

const uint8_t *contexts_vectors(const struct thread *thread) { return thread == contexts_current() ? context_vectors() : vectors[thread - contexts]; }

/* ---- beginning and ending ---- */

static int free_place(void)
{
    for (int i = 0; i < contexts_places; i++) {
        if (!contexts[i].alive) {
            return i;
        }
    }
    return contexts_places < MAX_CONTEXTS ? contexts_places++ : NO_CONTEXT;
}

/* Ids of threads are our own, as long as no thread has to go on without us: the kernel has one thread. The head's, so that replicas give the same. */
static int64_t new_tid(const struct call *call, int place)
{
    struct { int first; char end; } data = {0, 0};
    int64_t tid;
    if (session.mode == MODE_REPLAY) {
        tid = replay_expect(SYS_clone, 0, call->arguments).result;
        replay_data(&data, sizeof data);
        replay_done();
    } else {
        data.first = (int)identity_pid();
        tid = follow_is_ahead() ? kernel_threads_make(place) : data.first + (int64_t)started;
        log_begin(SYS_clone, tid, 0, 0);
        if (started == 1) {
            log_data(0, &data.first, sizeof data.first);
        }
        log_end();
    }
    if (started == 1) {
        contexts[0].tid = data.first;
    }
    return tid;
}

static void tell_full(void)
{
    static bool told;
    if (!told && session.mode == MODE_RECORD) {
        told = true;
        control_notice("the program wants more than 250 threads at once, which is more than Fred can replay: it is told that no more can be made (EAGAIN)");
    }
}

int64_t contexts_create(const struct call *call)
{
    const int64_t *a = call->arguments;
    int place = free_place();
    if (place == NO_CONTEXT) {
        tell_full();
        return -EAGAIN;
    }
    int64_t tid = new_tid(call, place);
    if (tid < 0) {
        return tid;
    }
    contexts_save_current();
    struct thread *child = &contexts[place], *parent = contexts_current();
    *child = *parent;
    memset(&child->waiting, 0, sizeof child->waiting);
    child->alive = true;
    child->number = ++started;
    child->tid = (int)tid;
    child->parent = parent->number;
    child->born = runloop_tick();
    child->r[RAX] = 0;
    child->r[RCX] = CONTEXT->pc;
    child->r[RSP] = (uint64_t)a[1];
    child->base = a[0] & CLONE_SETTLS ? (uint64_t)a[4] : parent->base;
    child->clear_tid = a[0] & CLONE_CHILD_CLEARTID ? (uint64_t)a[3] : 0;
    child->robust = 0;
    child->line_depth = 0;
    child->suspended = false;
    child->alternate = (stack_t){.ss_flags = SS_DISABLE};
    memcpy(vectors[place], context_vectors(), vector_bytes());
    if (a[0] & CLONE_PARENT_SETTID) {
        *(int *)a[2] = (int)tid;
    }
    if (a[0] & CLONE_CHILD_SETTID) {
        *(int *)a[3] = (int)tid;
    }
    alive++;
    return tid;
}

void contexts_end(void)
{
    contexts_current()->alive = false;
    alive--;
    kernel_threads_end(contexts_here);
}

void contexts_keep_running(int tid)
{
    for (int i = 0; i < contexts_places; i++) {
        contexts[i].alive = i == contexts_here;
    }
    alive = 1;
    contexts_current()->tid = tid;
    directed_forget_all();
}

void contexts_forget(void)
{
    contexts_keep_running(0);
    started = 1;
}

/* ---- for the controller ---- */

/* threads <count> <number, id, parent, tick of its beginning, pc, sp, call it stands in or -1, name>... */
void contexts_send(void)
{
    struct message *message = control_message();
    contexts_save_current();
    message_begin(message, MSG_THREADS);
    message_unsigned(message, (uint64_t)alive);
    for (int i = 0; i < contexts_places; i++) {
        const struct thread *t = &contexts[i];
        if (t->alive) {
            message_unsigned(message, t->number);
            message_number(message, t->tid);
            message_unsigned(message, t->parent);
            message_unsigned(message, t->born);
            message_unsigned(message, t->pc);
            message_unsigned(message, t->r[RSP]);
            message_number(message, t->waiting.in_call ? t->waiting.call.nr : -1);
            message_text(message, t->name, NAME_BYTES);
        }
    }
    control_send(message);
}

const char *contexts_become(unsigned number)
{
    struct thread *thread = contexts_by_number(number);
    if (thread == NULL) {
        return "there is no such thread";
    }
    if (thread != contexts_current()) {
        contexts_switch((int)(thread - contexts));
    }
    return NULL;
}
