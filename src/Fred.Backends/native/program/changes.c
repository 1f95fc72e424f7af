/* Watched memory that has changed, or is asked for by an access. */
#include "context.h"
#include "image.h"
#include "matcher.h"
#include "operands.h"
#include "predicate.h"
#include "program.h"
#include "protocol.h"
#include "runloop.h"
#include "text.h"
#include "watch.h"
#include "words.h"

static const char *changed_ids(void)
{
    static char ids[MAX_ID_TEXT];
    size_t used = 0;
    for (int i = 0; i < watch_count && used < MAX_ID_TEXT - 32; i++) {
        if (watches[i].changed) {
            ids[used] = ',';
            used += used > 0;
            used += text_format(ids + used, watches[i].id);
        }
    }
    ids[used] = '\0';
    return ids;
}

static const struct watch *first_changed(void)
{
    const struct watch *watch = watches;
    while (!watch->changed) {
        watch++;
    }
    return watch;
}

/* True if the instruction at pc, which has been executed, has stored to memory of which every access is asked for. */
static bool has_stored(uint64_t pc)
{
    struct instruction instruction;
    uint8_t bytes[MAX_INSTRUCTION];
    size_t available;
    unsigned size = 0;
    if (!instrumentation.asks || image_read(pc, bytes, MAX_INSTRUCTION, &available) == IMAGE_NONE || !decode(bytes, available, &instruction)) {
        return false;
    }
    instruction_stores_at(&instruction, bytes, &size);
    return watch_stored(size);
}

void program_report_watch(uint64_t pc)
{
    char detail[24];
    if (program_request.mode == PROGRAM_STOP) {
        text_format(detail, pc);
        program_stop(STOP_WATCH, 0, changed_ids(), detail);
        return;
    }
    const struct watch *watch = first_changed();
    scan_note(runloop_tick(), changed_ids(), pc, (const uint8_t *)watch->address, watch->length);
}

/* Bytes that both changed and are asked for by an access are one event. */
void host_watch(uint64_t pc)
{
    bool counts = watch_collect() || has_stored(pc);
    watch_widen();
    if (counts && program_request.predicate != PROGRAM_STOP) {
        predicate_look();
    } else if (counts) {
        program_report_watch(pc);
    }
}
