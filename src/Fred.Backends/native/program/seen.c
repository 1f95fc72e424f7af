#include "seen.h"

#include "context.h"
#include "control.h"
#include "jumps.h"
#include "program.h"
#include "protocol.h"
#include "runloop.h"
#include "text.h"

enum { EARLIEST = 3 };

/* The earliest values; where it was false last after it was not, and since when it had not been; the present one. */
static struct seen { uint64_t tick; enum truth truth; } earliest[EARLIEST], good, bad, last;
static unsigned changes;

void seen_begin(void)
{
    changes = 0;
    bad = (struct seen){0};
}

static void send(const struct seen *seen)
{
    static const char *const names[] = {"0", "1", "2"};
    struct message *message = control_message();
    message_begin(message, MSG_MATCH);
    message_unsigned(message, seen->tick);
    message_word(message, names[seen->truth]);
    message_unsigned(message, CONTEXT->pc);
    message_word(message, "-");
    control_send(message);
}

bool seen_note(enum truth truth)
{
    struct seen now = {jumps_number(runloop_tick()), truth};
    if (changes > 0 && truth == last.truth) {
        return false;
    }
    if (changes < EARLIEST) {
        earliest[changes] = now;
    }
    bool breaks = changes > 0 && truth == BAD;
    if (breaks) {
        good = last;
        bad = now;
    }
    last = now;
    changes++;
    if (program_request.predicate == PROGRAM_ALL) {
        send(&now);
    }
    return (breaks && program_request.predicate == PROGRAM_FIRST) || (program_request.predicate == PROGRAM_ALL && changes == program_request.most);
}

void seen_finish(void)
{
    if (program_request.predicate == PROGRAM_STOP || changes == 0) {
        return;
    }
    const struct seen *said = NULL, *all[] = {&earliest[0], &earliest[1], &earliest[2], &good, &bad, &last};
    for (unsigned i = 0; i < sizeof all / sizeof *all && program_request.predicate != PROGRAM_ALL; i++) {
        bool is_there = i < EARLIEST ? i < changes : all[i] == &last || bad.tick != 0;
        if (is_there && (said == NULL || all[i]->tick > said->tick)) {
            send(said = all[i]);
        }
    }
    changes = 0;
}
