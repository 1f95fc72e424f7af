/* Breakpoints by address, and what the present request makes translated code look for. */
#include <string.h>

#include "calm.h"
#include "codecache.h"
#include "context.h"
#include "matcher.h"
#include "program.h"
#include "text.h"
#include "translator.h"
#include "watch.h"

enum { MAX_POINTS = 1024 };

static struct { uint64_t id, pc; } points[MAX_POINTS];
static int point_count;
static bool changed;

void points_each(void (*visit)(uint64_t pc))
{
    for (int i = 0; i < point_count; i++) {
        visit(points[i].pc);
    }
}

bool points_add(uint64_t id, uint64_t pc)
{
    if (point_count == MAX_POINTS || !armed_add(pc)) {
        return false;
    }
    points[point_count].id = id;
    points[point_count++].pc = pc;
    changed = true;
    return true;
}

void points_clear(void)
{
    changed |= point_count > 0;
    point_count = 0;
    armed_clear();
}

const char *points_at(uint64_t pc)
{
    static char ids[MAX_ID_TEXT];
    size_t used = 0;
    strcpy(ids, "-");
    for (int i = 0; i < point_count && used < MAX_ID_TEXT - 32; i++) {
        if (points[i].pc == pc) {
            ids[used] = ',';
            used += used > 0;
            used += text_format(ids + used, points[i].id);
        }
    }
    return ids;
}

void points_forget_translations(void) { changed = true; }

void host_alarm(void)
{
    calm_give_up();
    points_apply();
}

/* The private cache stays while it fits: most runs look for the same as the one before. */
bool points_apply(void)
{
    static struct instrumentation translated;
    static uint8_t translated_sizes[MAX_PIECES];
    struct program_request *request = &program_request;
    instrumentation.breaks = request->breaks && point_count > 0;
    instrumentation.quiet = request->mode == PROGRAM_LAST && !request->watches;
    instrumentation.watches = request->watches && watch_count > 0;
    instrumentation.calm = instrumentation.watches && !instrumentation.asks && calm_holds();
    instrumentation.loads = request->reads;
    instrumentation.lines = request->lines;
    instrumentation.line_stops = request->line_stop;
    instrumentation.exact_flags = request->mode == PROGRAM_STOP && !request->match && request->predicate == PROGRAM_STOP;
    instrumentation.match = request->match ? matcher_pc() : 0;
    bool sizes = instrumentation.watches && memcmp(translated_sizes, piece_sizes, (size_t)instrumentation.pieces) != 0;
    if (!changed && !sizes && memcmp(&translated, &instrumentation, sizeof translated) == 0) {
        return false;
    }
    cache_flush();
    changed = false;
    memcpy(&translated, &instrumentation, sizeof translated);
    memcpy(translated_sizes, piece_sizes, (size_t)instrumentation.pieces);
    return true;
}
