#include "processor.h"

#include <stdbool.h>
#include <string.h>

#include "baton.h"
#include "calls.h"
#include "clock.h"
#include "raw.h"
#include "session.h"
#include "thread_table.h"
#include "threads.h"

/* Turns are looked at so many at a time. They are frequent if one takes less than OFTEN_NS. Now and then the kernel may choose again: it may be needed elsewhere. */
enum { STRETCH = 32, OFTEN_NS = 1000000, CHOOSE_AGAIN_NS = 100000000, ALONE_NS = 20000000, FIRST_LOOK = 64, ANY = 0, MASK_WORDS = 16 };

static int processors[MAX_THREADS]; /* of each thread: the kernel's number and 1; ANY: its affinity is the program's */
static int wanted = ANY;
static bool off;
static uint64_t program_mask[MASK_WORDS]; /* of all threads: the program has not changed it */
static unsigned turns;
static int64_t stretch_began, chosen_at;
static uint64_t look_at = UINT64_MAX, look_after;

static void give_back(int place)
{
    if (processors[place] != ANY) {
        RAW(SYS_sched_setaffinity, threads.table[place].id, sizeof program_mask, program_mask);
        processors[place] = ANY;
    }
}

static void move(int me)
{
    uint64_t mask[MASK_WORDS] = {0};
    mask[(wanted - 1) / 64] = (uint64_t)1 << (wanted - 1) % 64;
    processors[me] = wanted;
    if (RAW(SYS_sched_setaffinity, 0, sizeof mask, mask) < 0) {
        wanted = ANY; /* it has been taken away from the program */
        give_back(me);
    }
}

static void follow(int me)
{
    if (wanted == ANY) {
        give_back(me);
    } else if (processors[me] != wanted) {
        move(me);
    }
}

static bool has_choice(void)
{
    memset(program_mask, 0, sizeof program_mask);
    int64_t size = RAW(SYS_sched_getaffinity, 0, sizeof program_mask, program_mask);
    int count = 0;
    for (int i = 0; i < MASK_WORDS; i++) {
        count += __builtin_popcountll(program_mask[i]);
    }
    return size > 0 && count > 1;
}

static void choose(int me, int64_t now)
{
    unsigned here;
    give_back(me);
    if (!has_choice() || RAW(SYS_getcpu, &here, NULL, NULL) < 0 || here >= 64 * MASK_WORDS) {
        off = true;
        return;
    }
    wanted = (int)here + 1;
    chosen_at = now;
}

static void end_stretch(int me)
{
    int64_t now = time_now(), took = now - stretch_began;
    stretch_began = now;
    if (took > (int64_t)STRETCH * OFTEN_NS || (wanted != ANY && now - chosen_at > CHOOSE_AGAIN_NS)) {
        wanted = ANY;
    } else if (wanted == ANY) {
        choose(me, now);
    }
}

void processor_turn(int me)
{
    if (off) {
        return;
    }
    if (++turns % STRETCH == 0) {
        end_stretch(me);
    }
    follow(me);
    look_at = UINT64_MAX;
    if (wanted != ANY) {
        look_after = FIRST_LOOK;
        look_at = clock_tick() + look_after;
        if (clock_slot->target > look_at) {
            clock_slot->target = look_at;
        }
    }
}

void processor_look(int me)
{
    if (clock_tick() < look_at) {
        return;
    }
    look_after *= 2;
    look_at = clock_tick() + look_after;
    if (time_now() - stretch_began > ALONE_NS) {
        wanted = ANY;
        look_at = UINT64_MAX;
        follow(me);
    }
}

uint64_t processor_next_look(void) { return look_at; }

void processor_leave(int me) { give_back(me); }

void processor_born(int place, int parent) { processors[place] = processors[parent]; }

static void give_all_back(void)
{
    wanted = ANY;
    for (int i = 0; i < baton_seat_count; i++) {
        if (baton_seats[i].taken) {
            give_back(i);
        }
    }
}

void processor_before_call(const struct call *call)
{
    bool asks = call->nr == SYS_sched_getaffinity, sets = call->nr == SYS_sched_setaffinity;
    if ((asks || sets) && session.mode == MODE_RECORD && threads_exist()) {
        off = off || sets;
        give_all_back();
    }
}

void processor_let_go(void)
{
    off = true;
    give_all_back();
}

void processor_after_fork(int me)
{
    give_back(me);
    memset(processors, 0, sizeof processors);
    wanted = ANY;
    look_at = UINT64_MAX;
}
