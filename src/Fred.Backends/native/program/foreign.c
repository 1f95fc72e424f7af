/* What is hard: DMTCP shares one thing with the program, its thread. It gives that an id of its own, in libc's record of the thread, and uses it in its thread-local variables. Both are put
 * back each time, so that a replica that never wrote an image has the same memory; the id is already DMTCP's while it is loaded, as the dynamic linker's lock remembers it. */
#include "foreign.h"

#include <asm/prctl.h>
#include <dlfcn.h>
#include <dirent.h>
#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include "descriptors.h"
#include "errand.h"
#include "raw.h"
#include "shared_maps.h"
#include "signal_state.h"
#include "spans.h"
#include "text.h"

enum { THREAD_HEADER_BYTES = 704, THREAD_RECORD_BYTES = 2304, THREAD_LOCAL_BYTES = 16384, PAGE = 4096, FIRST_DESCRIPTOR = 800, LAST_DESCRIPTOR = 899, MAX_PATH = 4096, MOST_MOMENTS = 20000 };

static struct spans own, programs, now;
static void *library;
static const char *problem;
static uint64_t base;        /* the first thread's */
static int *thread_id;       /* in its record */
static int virtual_id, checkpoint_thread;
static struct action stopping; /* the kernel's handler of errand_signal() while DMTCP is called */

/* While DMTCP is called: what is the program's. */
static struct {
    uint64_t base, mask;
    int id;
    struct action action;
    uint8_t locals[THREAD_LOCAL_BYTES + THREAD_RECORD_BYTES];
    uint64_t locals_start;
} kept;

const char *foreign_problem(void) { return problem; }

/* ---- whose memory it is ---- */

bool foreign_owns(uint64_t address) { return spans_have(&own, address); }
uint64_t foreign_stretch(uint64_t address, uint64_t limit) { return spans_border(&own, address, limit); }

/* ---- loading ---- */

/* The thread that DMTCP has made: the first besides the program's. */
static int find_checkpoint_thread(void)
{
    char entries[1024];
    int64_t directory = RAW(SYS_openat, AT_FDCWD, "/proc/self/task", O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0), got = RAW(SYS_getdents64, directory, entries, sizeof entries);
    RAW(SYS_close, directory);
    for (const char *at = entries; at < entries + got; at += ((const struct dirent64 *)at)->d_reclen) { /* in the order of their beginnings */
        int id = (int)text_unsigned(((const struct dirent64 *)at)->d_name);
        if (id != 0 && id != RAW(SYS_gettid)) {
            return id;
        }
    }
    return 0;
}

static void *find(const char *name) { return dlsym(library, name); }

/* libdmtcp.so of what dmtcp_launch means to be preloaded. */
static const char *path_of_library(const char *preloaded)
{
    static char path[MAX_PATH];
    static const char name[] = "/libdmtcp.so";
    size_t tail = sizeof name - 1;
    for (const char *start = preloaded, *end; *start != '\0'; start = *end != '\0' ? end + 1 : end) {
        end = strchr(start, ':');
        end = end != NULL ? end : start + strlen(start);
        size_t length = (size_t)(end - start);
        if (length > tail && length < sizeof path && memcmp(end - tail, name, tail) == 0) {
            memcpy(path, start, length);
            return path;
        }
    }
    return NULL;
}

static int *find_thread_id(void)
{
    int *record = (int *)(base + THREAD_HEADER_BYTES), *end = (int *)(base + THREAD_RECORD_BYTES), id = (int)RAW(SYS_gettid);
    while (record < end && *record != id) {
        record++;
    }
    return record < end ? record : NULL;
}

static void write_word(uint64_t *at, uint64_t value)
{
    uint64_t page = (uint64_t)(uintptr_t)at & ~(uint64_t)(PAGE - 1);
    if (RAW(SYS_mprotect, page, PAGE, PROT_READ | PROT_WRITE) == 0) {
        *at = value;
    }
}

/* The dynamic linker would call them at the program's end, as part of the program. */
static void forget_destructors(void)
{
    struct link_map *map = NULL;
    dlinfo(library, RTLD_DI_LINKMAP, &map);
    while (map != NULL && map->l_prev != NULL) {
        map = map->l_prev;
    }
    for (; map != NULL; map = map->l_next) {
        for (ElfW(Dyn) *entry = map->l_ld; entry->d_tag != DT_NULL; entry++) {
            if (entry->d_tag == DT_FINI_ARRAYSZ) {
                write_word(&entry->d_un.d_val, 0);
            }
        }
    }
}

static const ElfW(Dyn) *dynamic_entry(const struct link_map *map, int64_t tag)
{
    const ElfW(Dyn) *entry = map->l_ld;
    while (entry->d_tag != tag && entry->d_tag != DT_NULL) {
        entry++;
    }
    return entry;
}

/* DMTCP asks a function that there may be whether a stretch of memory is to be left out; from its namespace it does not find ours. */
static void answer_for_memory(void)
{
    struct link_map *map = NULL;
    dlinfo(library, RTLD_DI_LINKMAP, &map);
    const char *names = (const char *)dynamic_entry(map, DT_STRTAB)->d_un.d_ptr;
    const ElfW(Sym) *symbols = (const ElfW(Sym) *)dynamic_entry(map, DT_SYMTAB)->d_un.d_ptr;
    const ElfW(Rela) *each = (const ElfW(Rela) *)dynamic_entry(map, DT_RELA)->d_un.d_ptr, *end = each + dynamic_entry(map, DT_RELASZ)->d_un.d_val / sizeof *each;
    for (; each < end; each++) {
        if (ELF64_R_TYPE(each->r_info) == R_X86_64_GLOB_DAT && strcmp(names + symbols[ELF64_R_SYM(each->r_info)].st_name, "dmtcp_skip_memory_region_ckpting") == 0) {
            write_word((uint64_t *)(map->l_addr + each->r_offset), (uint64_t)(uintptr_t)shared_maps_leave_out);
        }
    }
}

static void load(const char *path)
{
    uint64_t all = ~(uint64_t)0, mask, heap = (uint64_t)RAW(SYS_brk, 0);
    RAW(SYS_rt_sigprocmask, SIG_SETMASK, &all, &mask, sizeof all); /* its threads begin with them blocked */
    spans_of_mappings(&programs);
    int id = *thread_id;
    *thread_id = virtual_id;
    library = dlmopen(LM_ID_NEWLM, path, RTLD_NOW | RTLD_LOCAL);
    bool begun = library != NULL && errand_begin(find);
    *thread_id = id;
    RAW(SYS_rt_sigprocmask, SIG_SETMASK, &mask, NULL, sizeof mask);
    if (!begun) {
        problem = library == NULL ? "DMTCP's library cannot be loaded" : "this version of DMTCP lacks functions that are needed";
        return;
    }
    answer_for_memory();
    forget_destructors();
    struct r_debug *debugger = dlsym(RTLD_DEFAULT, "_r_debug");
    if (debugger != NULL) {
        debugger->r_version = 1; /* so debuggers see the program's own namespace only */
    }
    checkpoint_thread = find_checkpoint_thread();
    spans_of_mappings(&now);
    spans_subtract(&own, &now, &programs);
    now = own;
    programs.count = 0;
    spans_add(&programs, heap & ~(uint64_t)(PAGE - 1), (uint64_t)RAW(SYS_brk, 0)); /* the dynamic linker's records are on the program's heap */
    spans_subtract(&own, &now, &programs);
    RAW(SYS_rt_sigaction, errand_signal(), NULL, &stopping, sizeof stopping.mask);
    signals_set_default(errand_signal());
}

bool foreign_begin(void)
{
    if (getenv("FRED_IMAGES") == NULL) {
        return true;
    }
    const char *preloaded = getenv("UH_PRELOAD"), *id = getenv("DMTCP_VIRTUAL_PID");
    if (preloaded == NULL) {
        return false;
    }
    base = (uint64_t)(uintptr_t)__builtin_thread_pointer();
    thread_id = find_thread_id();
    const char *path = path_of_library(preloaded);
    if (path == NULL || id == NULL || thread_id == NULL) {
        problem = "dmtcp_launch does not say where its library is, or the C library keeps its threads in another way";
        return true;
    }
    virtual_id = (int)text_unsigned(id);
    setenv("JALIB_STDERR_PATH", getenv("FRED_IMAGES"), 1); /* where DMTCP says what it has to say; its launcher has taken the variable away */
    load(path);
    return true;
}

void foreign_keep_descriptors(void)
{
    for (int fd = FIRST_DESCRIPTOR; errand_possible() && fd <= LAST_DESCRIPTOR; fd++) {
        if (RAW(SYS_fcntl, fd, F_GETFD) >= 0) {
            descriptors_claim(fd);
        }
    }
}

/* ---- calling it ---- */

/* From the beginning of the mapping, or a little before the record, to its end. */
static void keep_locals(void)
{
    kept.locals_start = base - THREAD_LOCAL_BYTES;
    for (int i = 0; i < now.count; i++) {
        if (base >= now.span[i].start && base < now.span[i].end && now.span[i].start > kept.locals_start) {
            kept.locals_start = now.span[i].start;
        }
    }
    memcpy(kept.locals, (void *)kept.locals_start, base + THREAD_RECORD_BYTES - kept.locals_start);
}

bool foreign_is_told_apart(void)
{
    spans_of_mappings(&now);
    return now.count < MAX_SPANS;
}

void foreign_enter(void)
{
    uint64_t mask = ~((uint64_t)1 << (errand_signal() - 1));
    spans_of_mappings(&now);
    spans_subtract(&programs, &now, &own);
    keep_locals();
    kept.id = *thread_id;
    *thread_id = virtual_id;
    RAW(SYS_arch_prctl, ARCH_GET_FS, &kept.base);
    RAW(SYS_arch_prctl, ARCH_SET_FS, base);
    RAW(SYS_rt_sigaction, errand_signal(), &stopping, &kept.action, sizeof stopping.mask);
    RAW(SYS_rt_sigprocmask, SIG_SETMASK, &mask, &kept.mask, sizeof mask);
}

void foreign_leave(void)
{
    RAW(SYS_rt_sigaction, errand_signal(), &kept.action, NULL, sizeof stopping.mask);
    RAW(SYS_arch_prctl, ARCH_SET_FS, kept.base);
    memcpy((void *)kept.locals_start, kept.locals, base + THREAD_RECORD_BYTES - kept.locals_start);
    *thread_id = kept.id;
    spans_of_mappings(&now);
    spans_subtract(&own, &now, &programs);
    RAW(SYS_rt_sigprocmask, SIG_SETMASK, &kept.mask, NULL, sizeof kept.mask);
}

/* Whether DMTCP's thread waits for its coordinator's next message: a read from there. */
static bool rests(void)
{
    static char path[64] = "/proc/self/task/";
    static const char at_rest[] = "0 0x335 ";
    _Static_assert(ERRAND_COORDINATOR == 0x335, "at_rest");
    char text[sizeof at_rest] = "";
    size_t used = strlen("/proc/self/task/");
    strcpy(path + used + text_format(path + used, (uint64_t)checkpoint_thread), "/syscall");
    int64_t file = RAW(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0);
    int64_t got = RAW(SYS_read, file, text, sizeof text - 1);
    RAW(SYS_close, file);
    return got < 0 || strcmp(text, at_rest) == 0;
}

void foreign_settle(void)
{
    static const struct timespec moment = {0, 50000};
    for (int i = 0; i < MOST_MOMENTS && !rests(); i++) {
        RAW(SYS_nanosleep, &moment, NULL);
    }
}
