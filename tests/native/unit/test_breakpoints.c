#include <stdlib.h>

#include "breakpoints.h"
#include "check.h"
#include "clock.h"
#include "fred.h"
#include "names.h"

static struct probe *probe(int file, int line, int end_line, const char *function, int kinds)
{
    static struct probe storage[64];
    static int used;
    struct probe *made = &storage[used++];
    *made = (struct probe){.file = file, .line = line, .end_line = end_line, .call_line = line,
                           .function = names_intern(function), .kinds = (uint8_t)kinds};
    CHECK(clock_register(made));
    return made;
}

static uint64_t id_at(const struct probe *probe)
{
    const struct breakpoint *breakpoint = breakpoints_at(probe, false, NULL);
    return breakpoint != NULL ? breakpoint->id : 0;
}

static void resolves_lines(void)
{
    int file = fred_file("/a.py");
    CHECK(fred_file("/a.py") == file);
    CHECK(fred_file("/b.py") != file);
    struct probe *loop = probe(file, 10, 20, "f", FRED_HAS_LINE), *body = probe(file, 12, 14, "f", FRED_HAS_LINE);
    struct probe *second = probe(file, 12, 12, "f", FRED_HAS_LINE), *lambda = probe(file, 12, 12, "<lambda>", FRED_HAS_LINE);
    struct probe *value = probe(file, 12, 12, "f", FRED_HAS_RETURN);
    fred_file_done(file);
    CHECK(breakpoints_add(1, "/a.py", 12, ""));
    CHECK(breakpoints_add(2, "/a.py", 13, "x > 1"));
    CHECK(breakpoints_add(3, "/a.py", 11, ""));
    CHECK(breakpoints_add(4, "/a.py", 30, ""));
    CHECK(id_at(body) == 1 && body->flags != 0);
    CHECK(breakpoints_at(body, false, breakpoints_at(body, false, NULL))->id == 2);
    CHECK(id_at(lambda) == 1);
    CHECK(id_at(second) == 0 && second->flags == 0);
    CHECK(id_at(value) == 0 && value->flags == 0);
    CHECK(id_at(loop) == 3);
    breakpoints_clear();
    CHECK(id_at(body) == 0 && body->flags == 0 && loop->flags == 0);
}

static void waits_for_files_and_reloads(void)
{
    CHECK(breakpoints_add(7, "/late.py", 3, ""));
    int file = fred_file("/late.py");
    struct probe *first = probe(file, 3, 3, "<module>", FRED_HAS_LINE);
    CHECK(id_at(first) == 0);
    fred_file_done(file);
    CHECK(id_at(first) == 7);
    struct probe *again = probe(file, 3, 3, "<module>", FRED_HAS_LINE);
    fred_file_done(file);
    CHECK(id_at(again) == 7 && again->flags != 0);
    CHECK(id_at(first) == 7);
    breakpoints_clear();
}

static void stops_at_marks(void)
{
    int file = fred_file("/e.py");
    struct probe *raise = probe(file, 3, 3, "f", FRED_HAS_CALL | FRED_HAS_LINE | FRED_RAISES), *other = probe(file, 4, 4, "f", FRED_HAS_LINE);
    CHECK(raise->weight == 2 && other->weight == 1);
    fred_file_done(file);
    CHECK(breakpoints_add(1, "/e.py", 4, ""));
    CHECK(breakpoints_add_marked(8, FRED_RAISES));
    CHECK(breakpoints_add_marked(9, FRED_HANDLES));
    CHECK(id_at(raise) == 8 && raise->flags != 0);
    CHECK(id_at(other) == 1);
    struct probe *handler = probe(fred_file("/later.py"), 7, 7, "g", FRED_HAS_LINE | FRED_HANDLES);
    CHECK(handler->flags == 0);
    fred_file_done(fred_file("/later.py"));
    CHECK(id_at(handler) == 9 && handler->flags != 0);
    breakpoints_clear();
    CHECK(id_at(raise) == 0 && raise->flags == 0 && handler->flags == 0);
}

static void stops_at_each_iteration(void)
{
    int file = fred_file("/loop.py");
    struct probe *header = probe(file, 3, 3, "f", FRED_HAS_LINE), *body = probe(file, 3, 3, "f", FRED_HAS_LINE);
    struct probe *again = probe(file, 3, 3, "f", FRED_HAS_LINE | FRED_AGAIN);
    CHECK(again->weight == 1);
    fred_file_done(file);
    CHECK(breakpoints_add(1, "/loop.py", 3, ""));
    CHECK(id_at(header) == 1 && id_at(again) == 1 && again->flags != 0);
    CHECK(id_at(body) == 0 && body->flags == 0);
    breakpoints_clear();
}

static void has_an_end(void)
{
    for (int i = 0; i < MAX_BREAKPOINTS; i++) {
        CHECK(breakpoints_add((uint64_t)i, "/none.py", 1, ""));
    }
    CHECK(!breakpoints_add(9999, "/none.py", 1, ""));
    breakpoints_clear();
    CHECK(breakpoints_add(1, "/none.py", 1, ""));
}

int main(void)
{
    resolves_lines();
    waits_for_files_and_reloads();
    stops_at_marks();
    stops_at_each_iteration();
    has_an_end();
    return failures;
}
