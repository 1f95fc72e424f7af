/* What is hard: much of what makes this process what it is, is known to the kernel only, and DMTCP does not bring all of it back, or not as it was: whether the clock may be read, the
 * stack for signals, the functions of the vDSO, where the program's arguments and its heap are. */
#include "images.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/prctl.h>
#include <string.h>
#include <sys/mman.h>

#include "calls.h"
#include "clock.h"
#include "codecache.h"
#include "errand.h"
#include "foreign.h"
#include "log.h"
#include "native.h"
#include "program.h"
#include "program_signals.h"
#include "raw.h"
#include "replay.h"
#include "runloop.h"
#include "session.h"
#include "shared_maps.h"
#include "start.h"
#include "text.h"
#include "vdso.h"

enum { STAT_BYTES = 4096, AUXILIARY_BYTES = 1024, AUXILIARY_ENTRY = 16, HEADER_BYTES = 4096 };

/* Words of /proc/self/stat, as proc(5) counts them. */
enum { START_CODE = 26, END_CODE = 27, START_STACK = 28, START_DATA = 45, END_DATA = 46, START_HEAP = 47, ARGUMENTS = 48, ARGUMENTS_END = 49, ENVIRONMENT = 50, ENVIRONMENT_END = 51, AFTER_NAME = 3 };

static struct prctl_mm_map process;
static uint64_t auxiliary[AUXILIARY_BYTES / sizeof(uint64_t)];

static size_t read_file(const char *path, void *buffer, size_t size)
{
    int64_t used = 0, got, file = RAW(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0);
    while (file >= 0 && (got = RAW(SYS_read, file, (char *)buffer + used, size - used)) > 0) {
        used += got;
    }
    RAW(SYS_close, file);
    return (size_t)used;
}

void images_note_process(void)
{
    static char text[STAT_BYTES];
    uint64_t words[ENVIRONMENT_END + 1] = {0};
    if (!errand_possible()) {
        return;
    }
    text[read_file("/proc/self/stat", text, sizeof text - 1)] = '\0';
    char *line = text + strlen(text);
    while (line > text && *line != ')') {
        line--;
    }
    line += 2;
    for (int i = AFTER_NAME; i <= ENVIRONMENT_END; i++) {
        words[i] = text_unsigned(text_next_word(&line));
    }
    process = (struct prctl_mm_map){
        .start_code = words[START_CODE], .end_code = words[END_CODE], .start_data = words[START_DATA], .end_data = words[END_DATA], .start_brk = words[START_HEAP],
        .start_stack = words[START_STACK], .arg_start = words[ARGUMENTS], .arg_end = words[ARGUMENTS_END], .env_start = words[ENVIRONMENT], .env_end = words[ENVIRONMENT_END],
        .auxv = (__u64 *)auxiliary, .exe_fd = (__u32)-1};
    process.auxv_size = (__u32)(read_file("/proc/self/auxv", auxiliary, sizeof auxiliary) & ~(size_t)(AUXILIARY_ENTRY - 1));
}

/* A copy of what has come back from the image: what the kernel has to know again. */
static void tell_kernel(void)
{
    RAW(SYS_prctl, PR_SET_MM, PR_SET_MM_MAP, &process, sizeof process, 0);
    RAW(SYS_prctl, PR_SET_PTRACER, PR_SET_PTRACER_ANY, 0, 0, 0);
    if (vdso_patch() < 0) {
        start_give_up("the kernel's clock functions cannot be recorded here");
    }
    signals_restore_stack();
    native_resume();
}

static void become_checkpoint(uint64_t cursor)
{
    foreign_leave();
    errand_leave(cursor);
    tell_kernel();
    cache_let_go();
    native_after_fork();
    if (!program_exact) {
        runloop_set_tick(0); /* counts from here, until it is located */
    }
    errand_introduce();
}

/* In an image's header DMTCP notes where in the vDSO four functions are. It does not find the vDSO from its own namespace, and notes that; but the restarting side compares. */
static void complete_header(const char *path)
{
    static uint8_t header[HEADER_BYTES];
    uint64_t functions[] = {vdso_offset("__vdso_clock_gettime"), vdso_offset("__vdso_getcpu"), vdso_offset("__vdso_gettimeofday"), vdso_offset("__vdso_time")};
    uint64_t none[] = {UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX};
    int64_t file = RAW(SYS_openat, AT_FDCWD, path, O_RDWR | O_CLOEXEC, 0), got = RAW(SYS_pread64, file, header, sizeof header, 0);
    for (int64_t at = 0; at + (int64_t)sizeof none <= got; at += (int64_t)sizeof *none) {
        if (memcmp(header + at, none, sizeof none) == 0) {
            RAW(SYS_pwrite64, file, functions, sizeof functions, at);
            break;
        }
    }
    RAW(SYS_close, file);
}

/* Nothing brings the program's thread back while DMTCP uses it, and nobody changes what the processes of the session share. */
static int64_t write_image(const char *path)
{
    process.brk = (uint64_t)RAW(SYS_brk, 0);
    session.mode = MODE_OFF;
    native_pause();
    RAW(SYS_munmap, session.page, PAGE_BYTES);
    cache_hold();
    foreign_enter();
    return errand_run(path);
}

static void take(uint64_t token, const char *path)
{
    if (!errand_possible() || session.mode != MODE_RECORD) {
        errand_answer(token, -ENOSYS);
        return;
    }
    if (!foreign_is_told_apart() || !shared_maps_copy()) {
        errand_answer(token, -ENOMEM);
        return;
    }
    log_flush();
    uint64_t cursor = replay_cursor(), ticks = clock_tick();
    struct slot *slot = clock_slot;
    clock_before_fork();
    clock_after_fork(); /* a private slot: the page is gone for a while */
    int64_t outcome = write_image(path);
    if (outcome == ERRAND_RESTARTED) {
        become_checkpoint(cursor);
        return;
    }
    foreign_leave();
    foreign_settle();
    cache_let_go();
    native_resume();
    start_map_page(session.page_path);
    clock_move_to(slot, ticks);
    session.mode = MODE_RECORD;
    if (outcome == ERRAND_WRITTEN) {
        complete_header(path);
    }
    errand_finish(token, path, outcome, shared_maps_left_out());
}

void images_take(uint64_t token, const char *path, uint64_t tick)
{
    if (program_exact && runloop_tick() == tick) {
        take(token, path);
    } else {
        errand_answer(token, -ESTALE);
    }
}

bool images_take_here(uint64_t token)
{
    take(token, errand_path(token));
    return session.mode != MODE_RECORD;
}
