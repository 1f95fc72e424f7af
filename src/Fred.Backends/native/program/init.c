/* Start of a native program. The constructor runs among the dynamic linker's last acts; from its end on everything is translated. What is left of the linker's work
 * comes before tick 0, which is the program's entry point. */
#include <elf.h>
#include <errno.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/prctl.h>
#include <sys/rseq.h>

#include "codecache.h"
#include "context.h"
#include "contexts.h"
#include "control.h"
#include "enter.h"
#include "fdtable.h"
#include "follow.h"
#include "foreign.h"
#include "images.h"
#include "matcher.h"
#include "native.h"
#include "program.h"
#include "program_signals.h"
#include "protocol.h"
#include "raw.h"
#include "replay.h"
#include "runloop.h"
#include "session.h"
#include "signals.h"
#include "start.h"
#include "text.h"
#include "turns.h"
#include "vdso.h"
#include "views.h"

enum { UNREGISTER = 1 };

static void read_option(const char *word)
{
    const char *schedule = text_option(word, "schedule"), *follow = text_option(word, "follow");
    if (strcmp(word, "head=native") == 0) {
        native_choose();
    } else if (schedule != NULL && strncmp(schedule, "random:", 7) == 0) {
        turns_choose_by(text_unsigned(schedule + 7));
    } else if (follow != NULL) {
        follow_choose(text_unsigned(follow));
    }
}

/* The kernel writes the processor's number into the program's memory behind the log. Without registration libc asks for it when it is wanted. */
static void stop_rseq(void)
{
    struct rseq *area = (struct rseq *)((char *)__builtin_thread_pointer() + __rseq_offset);
    if (__rseq_size != 0 && RAW(SYS_rseq, area, sizeof *area, UNREGISTER, RSEQ_SIG) == 0) {
        area->cpu_id = area->cpu_id_start = (uint32_t)RSEQ_CPU_ID_REGISTRATION_FAILED;
    }
}

static void prepare(uint64_t entry)
{
    if (context_map() < 0 || cache_init(entry) < 0) {
        start_give_up("there is no room for translations near the program");
    }
    if (vdso_patch() < 0) {
        start_give_up("the kernel's clock functions cannot be recorded here");
    }
    stop_rseq();
    contexts_begin();
    views_choose();
    RAW(SYS_prctl, PR_SET_PTRACER, PR_SET_PTRACER_ANY, 0, 0, 0); /* the matcher reads other processes of the session */
    signals_init();
    fdtable_init();
    replay_on_divergence = program_diverged;
}

__attribute__((constructor)) static void begin(void)
{
    if (!foreign_begin() || !start_session()) {
        return;
    }
    if (foreign_problem() != NULL) {
        start_give_up(foreign_problem());
    }
    foreign_keep_descriptors();
    images_note_process();
    start_obey_mode(read_option);
    prepare(getauxval(AT_ENTRY));
    native_patch();
    program_arm_entry(getauxval(AT_ENTRY));
    enter_translation();
}

/* What is left on the stack for signals is dead while no handler runs there. It may differ: the dynamic linker saves registers there, and which of them the processor tracks as unused does. */
static bool is_idle_stack(uint64_t address)
{
    uint64_t start, end;
    return signals_idle_stack(&start, &end) && address >= start && address < end;
}

bool host_owns(uint64_t address)
{
    return (address >= session.image_start && address < session.image_end) || (address >= CONTEXT_ADDRESS && address < 0x80000000)
        || (address >= 0x7e0000000000 && address < 0x7f0000000000) || foreign_owns(address) || is_idle_stack(address);
}

uint64_t host_stretch(uint64_t address, uint64_t limit)
{
    uint64_t border = foreign_stretch(address, limit), start, end;
    if (signals_idle_stack(&start, &end)) {
        border = address < start && start < border ? start : border;
        border = address >= start && address < end && end < border ? end : border;
    }
    return border;
}
