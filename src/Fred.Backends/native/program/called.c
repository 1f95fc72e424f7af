#include "called.h"

#include <errno.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "context.h"
#include "enter.h"
#include "floating.h"
#include "fork.h"
#include "jumps.h"
#include "program.h"
#include "raw.h"
#include "regions.h"
#include "runloop.h"
#include "session.h"

#define SHARED_ADDRESS 0x7e4800000000 /* one page and more between a process and its copy */

enum { RED_ZONE = 128, STACK_ALIGNMENT = 16, PATIENCE_SECONDS = 3 };

/* What the copy leaves behind. */
static struct {
    uint32_t end; /* enum call_end, when it has come to one */
    bool noted;
    uint32_t count;
    uint64_t result;
    uint64_t words[MAX_READ_WORDS];
} *shared;

static bool is_copy, gives_floating;

static bool prepare(void)
{
    if (shared == NULL) {
        shared = regions_map(SHARED_ADDRESS, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED_NOREPLACE);
    }
    return shared != NULL;
}

/* Nobody waits for ever, and nothing runs for ever when nobody waits any more. */
static void limit_time(void)
{
    struct rlimit limit = {PATIENCE_SECONDS, PATIENCE_SECONDS};
    RAW(SYS_prlimit64, 0, RLIMIT_CPU, &limit, 0);
}

/* Goes to the function, as if it had been called by the program's entry point, which nothing comes to any more. Its frame is below what is in use. */
__attribute__((noreturn)) static void go(uint64_t function, const uint64_t *arguments, struct call_shape shape)
{
    static const uint8_t order[MAX_CALL_ARGUMENTS] = {RDI, RSI, RDX, RCX, R8, R9};
    uint64_t entry = getauxval(AT_ENTRY), stack = CONTEXT->r[RSP];
    is_copy = true;
    session.mode = MODE_OFF;
    session.role = ROLE_DIVERSION;
    limit_time();
    unsigned integers = 0, vectors = 0;
    for (unsigned i = 0; i < shape.count; i++) {
        if (shape.floating >> i & 1) {
            floating_set_argument(vectors++, arguments[i]);
        } else {
            CONTEXT->r[order[integers++]] = arguments[i];
        }
    }
    gives_floating = shape.gives_floating;
    CONTEXT->r[RAX] = vectors;
    CONTEXT->r[RSP] = ((stack - RED_ZONE) & ~(uint64_t)(STACK_ALIGNMENT - 1)) - sizeof entry;
    *(uint64_t *)CONTEXT->r[RSP] = entry;
    CONTEXT->pc = function;
    jumps_clear();
    points_clear();
    points_add(1, entry);
    program_request = (struct program_request){.limit = UINT64_MAX, .last = UINT64_MAX, .breaks = true, .reads = true};
    reads_begin(stack);
    points_apply();
    host_resumptions++;
    ((void (*)(void))(uintptr_t)enter_again)();
    __builtin_unreachable();
}

void called_end(bool returned)
{
    if (!is_copy) {
        return;
    }
    shared->noted = reads_take(shared->words, &shared->count);
    shared->result = gives_floating ? floating_result() : CONTEXT->r[RAX];
    shared->end = returned && CONTEXT->pc == getauxval(AT_ENTRY) ? CALL_RETURNED : CALL_FAILED;
    RAW(SYS_exit_group, 0);
}

enum call_end called_run(uint64_t function, const uint64_t *arguments, struct call_shape shape, uint64_t *result, const uint64_t **noted, unsigned *noted_count)
{
    int status;
    *noted_count = 0;
    if (!prepare()) {
        return CALL_LOST;
    }
    shared->end = CALL_LOST;
    int64_t pid = fork_child();
    if (pid == 0) {
        go(function, arguments, shape);
    }
    if (pid < 0) {
        return CALL_LOST;
    }
    while (RAW(SYS_wait4, pid, &status, __WALL, 0) == -EINTR) {
    }
    if (shared->end == CALL_LOST || !shared->noted) {
        return CALL_LOST;
    }
    *result = shared->result;
    *noted = shared->words;
    *noted_count = shared->count;
    return (enum call_end)shared->end;
}
