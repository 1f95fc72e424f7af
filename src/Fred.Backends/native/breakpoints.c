#include "breakpoints.h"

#include <stddef.h>
#include <string.h>
#include "fred.h"
#include "names.h"
#include "opcode.h"

static struct breakpoint table[MAX_BREAKPOINTS];
static int count;
static uint32_t marked_probes; /* probes below this id have their `primary` mark */

/* A line holds one place to stop per function: `a; b` stops once, before a; `f = lambda: g()` stops for the assignment and
 * inside the lambda. A loop's header stops at each iteration. Probes of one load of a file are registered without a gap, so a reloaded module gets marks of its own. */
static bool is_primary(struct probe *probe)
{
    if (probe->kinds & FRED_AGAIN) {
        return true;
    }
    struct probe *other = clock_first_on_line(probe->file, probe->line);
    for (; other != NULL; other = clock_next_on_line(other)) {
        if (other->id < probe->id && other->id >= marked_probes && (other->kinds & FRED_HAS_LINE)
            && other->function == probe->function) {
            return false;
        }
    }
    return (probe->kinds & FRED_HAS_LINE) != 0;
}

static bool has_primary(int32_t file, int32_t line)
{
    struct probe *probe = clock_first_on_line(file, line);
    while (probe != NULL && !probe->primary) {
        probe = clock_next_on_line(probe);
    }
    return probe != NULL;
}

static int32_t resolve_line(int32_t file, int32_t line)
{
    if (has_primary(file, line)) {
        return line;
    }
    int32_t best = 0, best_length = INT32_MAX;
    for (uint32_t i = 0; i < clock_probe_count; i++) {
        const struct probe *probe = clock_probes[i];
        int32_t length = probe->end_line - probe->line;
        if (probe->file == file && probe->primary && probe->line <= line && line <= probe->end_line && length < best_length) {
            best = probe->line;
            best_length = length;
        }
    }
    return best;
}

static void set_flags(uint8_t marks, uint32_t flags)
{
    for (uint32_t i = 0; i < clock_probe_count; i++) {
        if (clock_probes[i]->kinds & marks) {
            opcode_set_flags(clock_probes[i], flags);
        }
    }
}

static void set_function_flags(const char *function, uint32_t flags)
{
    for (uint32_t i = 0; i < clock_probe_count; i++) {
        struct probe *probe = clock_probes[i];
        if ((clock_is_of(probe, function) && (probe->kinds & (FRED_HAS_CALL | FRED_HAS_RETURN))) || (probe->kinds & FRED_HANDLES)) {
            opcode_set_flags(probe, flags);
        }
    }
}

static void arm(struct breakpoint *breakpoint)
{
    if (breakpoint->function != NULL) {
        set_function_flags(breakpoint->function, 1);
        return;
    }
    if (breakpoint->marks != 0) {
        set_flags(breakpoint->marks, 1);
        return;
    }
    breakpoint->file = clock_file_id(breakpoint->path);
    breakpoint->resolved_line = breakpoint->file < 0 ? 0 : resolve_line(breakpoint->file, breakpoint->line);
    if (breakpoint->resolved_line == 0) {
        return;
    }
    struct probe *probe = clock_first_on_line(breakpoint->file, breakpoint->resolved_line);
    for (; probe != NULL; probe = clock_next_on_line(probe)) {
        if (probe->primary) {
            opcode_set_flags(probe, 1);
        }
    }
}

void breakpoints_clear(void)
{
    for (int i = 0; i < count; i++) {
        if (table[i].function != NULL) {
            set_function_flags(table[i].function, 0);
        } else if (table[i].marks != 0) {
            set_flags(table[i].marks, 0);
        }
        struct probe *probe = table[i].resolved_line == 0 ? NULL : clock_first_on_line(table[i].file, table[i].resolved_line);
        for (; probe != NULL; probe = clock_next_on_line(probe)) {
            opcode_set_flags(probe, 0);
        }
    }
    count = 0;
}

bool breakpoints_add(uint64_t id, const char *path, int32_t line, const char *condition)
{
    const char *own_path = names_intern(path), *own_condition = names_intern(condition);
    if (count == MAX_BREAKPOINTS || own_path == NULL || own_condition == NULL) {
        return false;
    }
    table[count] = (struct breakpoint){id, own_path, own_condition, line, -1, 0, 0, NULL};
    arm(&table[count++]);
    return true;
}

bool breakpoints_add_marked(uint64_t id, uint8_t marks)
{
    if (count == MAX_BREAKPOINTS) {
        return false;
    }
    table[count] = (struct breakpoint){id, "", "", 0, -1, 0, marks, NULL};
    arm(&table[count++]);
    return true;
}

bool breakpoints_add_function(uint64_t id, const char *function, const char *condition)
{
    const char *own_function = names_intern(function), *own_condition = names_intern(condition);
    if (count == MAX_BREAKPOINTS || own_function == NULL || own_condition == NULL) {
        return false;
    }
    table[count] = (struct breakpoint){id, "", own_condition, 0, -1, 0, 0, own_function};
    arm(&table[count++]);
    return true;
}

const char *breakpoints_function(void)
{
    for (int i = 0; i < count; i++) {
        if (table[i].function != NULL) {
            return table[i].function;
        }
    }
    return NULL;
}

void breakpoints_file_done(int32_t file)
{
    for (uint32_t i = marked_probes; i < clock_probe_count; i++) {
        clock_probes[i]->primary = is_primary(clock_probes[i]);
    }
    marked_probes = clock_probe_count;
    const char *path = clock_file_path(file);
    for (int i = 0; i < count; i++) {
        if (table[i].marks != 0 || table[i].function != NULL || strcmp(table[i].path, path) == 0) {
            arm(&table[i]);
        }
    }
}

const struct breakpoint *breakpoints_at(const struct probe *probe, bool at_call, const struct breakpoint *previous)
{
    for (int i = previous == NULL ? 0 : (int)(previous - table) + 1; i < count; i++) {
        if (at_call) {
            if (table[i].function != NULL && clock_is_of(probe, table[i].function)) {
                return &table[i];
            }
            continue;
        }
        if ((table[i].marks & probe->kinds) != 0) {
            return &table[i];
        }
        if (table[i].resolved_line != 0 && table[i].file == probe->file && table[i].resolved_line == probe->line && probe->primary) {
            return &table[i];
        }
    }
    return NULL;
}
