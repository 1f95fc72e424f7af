#include "schedule.h"

#include "baton.h"
#include "calls.h"
#include "clock.h"
#include "signals.h"

/* Time is looked at after so many ticks of a turn, and then after twice as many each time: ticks are short or long. */
enum { CHAOS_SCALES = 7, FIRST_LOOK = 2, TURN_NS = 1000000 };

static uint64_t random_state; /* 0: first come first served */
static uint64_t next_yield;   /* chaos: tick at which another thread may run */
static uint64_t look_at = UINT64_MAX, look_after;
static int64_t waited_from;   /* when the first patient one began to wait in this turn */

/* ---- chance ---- */

static uint64_t chance(uint64_t below)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state % below;
}

void schedule_set_random(uint64_t seed)
{
    random_state = seed * 0x9E3779B97F4A7C15u + 0x5851F42D4C957F2Du;
    random_state |= random_state == 0;
}

bool schedule_is_random(void) { return random_state != 0; }

static bool is_chosen_tick(void)
{
    if (clock_tick() < next_yield) {
        return false;
    }
    next_yield = clock_tick() + 1 + chance((uint64_t)2 << chance(CHAOS_SCALES)); /* short runs and long ones: different races need different ones */
    return true;
}

/* ---- who is next ---- */

int schedule_choose(void)
{
    int best = NO_THREAD;
    uint64_t seen = 0;
    for (int i = 0; i < baton_seat_count; i++) {
        if (baton_seats[i].wants_since == 0) {
            continue;
        }
        seen++;
        if (best == NO_THREAD || (random_state != 0 ? chance(seen) == 0 : baton_seats[i].wants_since < baton_seats[best].wants_since)) {
            best = i;
        }
    }
    return best;
}

int schedule_deadlocked(void)
{
    int first = NO_THREAD;
    if (signals_may_come()) {
        return NO_THREAD;
    }
    for (int i = 0; i < baton_seat_count; i++) {
        if (baton_seats[i].taken) {
            if (baton_seats[i].waits_at == NULL || !baton_seats[i].waits_for_ever || baton_seats[i].signalled) {
                return NO_THREAD;
            }
            first = first == NO_THREAD ? i : first;
        }
    }
    return first;
}

/* ---- how long a turn is ---- */

enum waiting { NOBODY, PATIENT, AT_ONCE };

static enum waiting who_waits(void)
{
    enum waiting found = NOBODY;
    for (int i = 0; i < baton_seat_count; i++) {
        if (baton_seats[i].wants_since != 0) {
            if (!baton_seats[i].patient || random_state != 0) {
                return AT_ONCE;
            }
            found = PATIENT;
        }
    }
    return found;
}

void schedule_somebody_waits(void)
{
    if (random_state != 0) {
        clock_slot->target = 0;
    } else if (look_at == UINT64_MAX) {
        waited_from = time_now();
        look_after = FIRST_LOOK;
        look_at = clock_tick() + look_after;
        if (clock_slot->target > look_at) {
            clock_slot->target = look_at;
        }
    }
}

void schedule_begin_turn(void)
{
    look_at = UINT64_MAX;
    enum waiting waiting = who_waits();
    if (waiting == AT_ONCE) {
        clock_slot->target = 0;
    } else if (waiting == PATIENT) {
        schedule_somebody_waits();
    }
}

static bool had_its_time(void) { return look_at != UINT64_MAX && time_now() - waited_from >= TURN_NS; }

bool schedule_yields_in_call(void)
{
    enum waiting waiting = who_waits();
    return waiting == AT_ONCE || (waiting == PATIENT && had_its_time());
}

bool schedule_yields_at_tick(void)
{
    enum waiting waiting = who_waits();
    if (waiting != PATIENT) {
        return waiting == AT_ONCE && (random_state == 0 || is_chosen_tick());
    }
    if (clock_tick() < look_at) {
        return false;
    }
    look_after *= 2;
    look_at = clock_tick() + look_after;
    return time_now() - waited_from >= TURN_NS;
}

uint64_t schedule_next_look(void)
{
    enum waiting waiting = who_waits();
    return waiting == AT_ONCE ? 0 : waiting == PATIENT ? look_at : UINT64_MAX;
}
