/* What a scan has found. */
#include "clock.h"
#include "control.h"
#include "jumps.h"
#include "program.h"
#include "protocol.h"
#include "replay.h"
#include "runloop.h"
#include "text.h"

#include <string.h>

enum { MAX_VALUE = 64 };

static struct {
    uint64_t tick, pc;
    char ids[MAX_ID_TEXT];
    uint8_t value[MAX_VALUE];
    unsigned length;
} kept; /* the first or last match */

static uint64_t count;
static bool open;

void scan_clear(void)
{
    count = 0;
    open = program_request.mode != PROGRAM_STOP;
}

static void send_kept(void)
{
    struct message *message = control_message();
    message_begin(message, MSG_MATCH);
    message_unsigned(message, kept.tick);
    message_word(message, kept.ids);
    message_unsigned(message, kept.pc);
    if (kept.length > 0) {
        message_hex(message, kept.value, kept.length);
    } else {
        message_word(message, "-");
    }
    control_send(message);
}

void scan_note(uint64_t tick, const char *ids, uint64_t pc, const uint8_t *value, unsigned length)
{
    count++;
    if (program_request.mode == PROGRAM_FIRST && count > 1) {
        return;
    }
    kept.tick = jumps_number(tick);
    kept.pc = pc;
    strncpy(kept.ids, ids, MAX_ID_TEXT - 1);
    kept.length = length < MAX_VALUE ? length : MAX_VALUE;
    if (kept.length > 0) {
        memcpy(kept.value, value, kept.length);
    }
    if (program_request.mode == PROGRAM_ALL && count <= program_request.most) {
        send_kept();
    }
}

void host_hits(uint64_t hits, uint64_t tick, uint64_t pc)
{
    scan_note(tick, points_at(pc), pc, NULL, 0);
    count += hits - 1;
}

void scan_finish(void)
{
    if (!open) {
        return;
    }
    open = false;
    if (program_request.mode != PROGRAM_ALL && count > 0) {
        send_kept();
    }
    struct message *message = control_message();
    message_begin(message, MSG_SCANNED);
    message_unsigned(message, clock_tick());
    message_unsigned(message, replay_cursor());
    message_unsigned(message, count);
    control_send(message);
}
