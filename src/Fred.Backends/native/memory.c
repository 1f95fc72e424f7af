/* The program's address space is the one thing replicas really have, so these calls are performed everywhere: live as asked, in
 * replicas at the recorded address and always private. Shared or deleted files carry their content in the log. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "calls.h"
#include "clock.h"
#include "log.h"
#include "mirrors.h"
#include "raw.h"
#include "replay.h"
#include "segments.h"
#include "session.h"
#include "shared_maps.h"
#include "text.h"
#include "views.h"

enum { MIN_POPULATE = 32 << 10, MAX_POPULATE = 4 << 20, PAGE = 4096, MAX_PATH = 4096 };

static int64_t last_break;
static char path[MAX_PATH];

static bool failed(int64_t result) { return result < 0 && result > -PAGE; }

/* ---- pre-faulting ---- */

static void populate_break(int64_t now)
{
    int64_t start = (last_break + PAGE - 1) & -PAGE;
    if (session.populate && last_break != 0 && now > start && now - start <= MAX_POPULATE) {
        RAW(SYS_madvise, start, now - start, MADV_POPULATE_WRITE);
    }
    last_break = now;
}

/* Of small ones (the stack for Python's frames that each thread gets) often only the first page is used. */
static int64_t with_populate(const int64_t *a)
{
    bool private_anonymous = (a[3] & MAP_ANONYMOUS) && (a[3] & MAP_PRIVATE) && !(a[3] & MAP_STACK);
    return session.populate && private_anonymous && (a[2] & PROT_WRITE) && a[1] >= MIN_POPULATE && a[1] <= MAX_POPULATE ? a[3] | MAP_POPULATE : a[3];
}

/* ---- mmap ---- */

static bool path_of(int64_t fd)
{
    char link[40] = "/proc/self/fd/";
    text_format(link + strlen(link), (uint64_t)fd);
    int64_t length = RAW(SYS_readlink, link, path, sizeof path - 1);
    path[length > 0 ? length : 0] = '\0';
    static const char deleted[] = " (deleted)";
    size_t tail = sizeof deleted - 1;
    return length > 0 && path[0] == '/' && !(length > (int64_t)tail && strcmp(path + length - tail, deleted) == 0);
}

/* Whether anybody may write to what is mapped. Files of the system are replaced, not rewritten; glibc maps one (gconv-modules.cache) in every
 * program, and without it most programs have nothing to copy at a checkpoint, and their heads nothing to wait for. `path` is the file's. */
static bool may_change(const int64_t *a, bool has_path)
{
    static const char system[] = "/usr/";
    bool only_read = !(a[2] & PROT_WRITE) && (RAW(SYS_fcntl, a[4], F_GETFL) & O_ACCMODE) == O_RDONLY;
    return !only_read || !has_path || strncmp(path, system, sizeof system - 1) != 0;
}

static void log_content(const int64_t *a, int64_t address)
{
    static unsigned char piece[64 * 1024];
    struct stat status;
    int64_t size = RAW(SYS_fstat, a[4], &status) == 0 ? status.st_size - a[5] : 0;
    size = size < a[1] ? size : a[1];
    for (int64_t at = 0; at < size;) {
        int64_t wanted = size - at < (int64_t)sizeof piece ? size - at : (int64_t)sizeof piece;
        int64_t count = RAW(SYS_pread64, a[4], piece, wanted, a[5] + at);
        if (count <= 0) {
            break;
        }
        log_data((uint64_t)(address + at), piece, (uint64_t)count);
        at += count;
    }
}

static bool is_in_memory(const int64_t *a)
{
    static const char folder[] = "/dev/shm/", semaphore[] = "/dev/shm/sem.";
    return (a[3] & MAP_ANONYMOUS) || (strncmp(path, folder, sizeof folder - 1) == 0 && (views_wanted() || strncmp(path, semaphore, sizeof semaphore - 1) != 0));
}

/* How much of a mapping there is: what lies behind the end of its file cannot be read. */
static int64_t covered(const int64_t *a)
{
    struct stat status;
    return a[3] & MAP_ANONYMOUS ? a[1] : RAW(SYS_fstat, a[4], &status) == 0 ? status.st_size - a[5] : 0;
}

static int64_t record_map(const int64_t *a)
{
    if (a[3] & MAP_FIXED) {
        shared_maps_give_back(a[0], a[1]);
    }
    int64_t result = RAW(SYS_mmap, a[0], a[1], a[2], with_populate(a), a[4], a[5]);
    bool file = !(a[3] & MAP_ANONYMOUS) && !failed(result), is_shared = (a[3] & MAP_SHARED) != 0 && !failed(result);
    bool has_path = file && path_of(a[4]), by_path = has_path && !is_shared;
    bool is_writable = is_shared && (a[2] & PROT_WRITE), in_memory = is_writable && is_in_memory(a), is_mirrored = in_memory && mirrors_take(result, a[1], a[2], covered(a));
    log_begin(SYS_mmap, result, 0, (is_mirrored ? RECORD_MIRROR : 0) | (by_path ? RECORD_FILE : file ? RECORD_CONTENT : a[3] & MAP_STACK ? RECORD_STACK : 0));
    if (by_path) {
        log_data(0, path, strlen(path));
    } else if (file && is_mirrored) {
        log_chunk((const void *)result, a[1]); /* what it was copied from may have changed since */
    } else if (file) {
        log_content(a, result);
    }
    log_end();
    if (is_writable) {
        shared_maps_happened();
    }
    if (!failed(result) && !is_mirrored) {
        shared_maps_forget(result, a[1]);
        if (is_shared && (!file || may_change(a, has_path))) {
            shared_maps_note(result, a[1]);
        }
        if (in_memory) {
            shared_maps_not_mirrored((a[3] & MAP_ANONYMOUS) != 0, views_take(result, covered(a) < a[1] ? covered(a) : a[1]));
        }
    }
    return result;
}

static int64_t map_file_again(const int64_t *a, int64_t address)
{
    replay_data(path, sizeof path);
    int64_t fd = RAW(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0);
    if (fd < 0) {
        return fd;
    }
    int64_t result = RAW(SYS_mmap, address, a[1], a[2], (a[3] & ~MAP_SHARED) | MAP_PRIVATE | MAP_FIXED, fd, a[5]);
    RAW(SYS_close, fd);
    return result;
}

static int64_t map_content_again(const int64_t *a, int64_t address)
{
    int64_t result = RAW(SYS_mmap, address, a[1], a[2] | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
    if (result == address) {
        replay_apply();
        if (!(a[2] & PROT_WRITE)) {
            RAW(SYS_mprotect, address, a[1], a[2]);
        }
    }
    return result;
}

static void note_replayed(const int64_t *a, const struct record *record)
{
    if (failed(record->result)) {
        return;
    }
    shared_maps_forget(record->result, a[1]);
    if (record->flags & RECORD_MIRROR) {
        mirrors_note(record->result, a[1]);
    } else if ((a[3] & MAP_SHARED) && (a[2] & PROT_WRITE)) {
        shared_maps_note(record->result, a[1]);
        views_take(record->result, a[3] & MAP_ANONYMOUS ? a[1] : 0); /* for a future that begins here */
    }
}

static int64_t replay_map(const int64_t *a)
{
    struct record record = replay_expect(SYS_mmap, 0, a);
    int64_t wanted = record.result, got = wanted;
    if (a[3] & MAP_FIXED) {
        shared_maps_give_back(a[0], a[1]);
    }
    if ((a[3] & MAP_SHARED) && (a[2] & PROT_WRITE)) {
        shared_maps_happened();
    }
    if (failed(wanted)) {
        /* it failed then, so it fails now */
    } else if (record.flags & RECORD_FILE) {
        got = map_file_again(a, wanted);
    } else if (record.flags & RECORD_CONTENT) {
        got = map_content_again(a, wanted);
    } else {
        int64_t flags = (with_populate(a) & ~MAP_SHARED) | MAP_PRIVATE | MAP_ANONYMOUS;
        got = RAW(SYS_mmap, wanted, a[1], a[2], flags | (flags & MAP_FIXED ? 0 : MAP_FIXED_NOREPLACE), -1, 0);
    }
    if (got != wanted) {
        replay_diverged(record.flags & RECORD_FILE ? "a file the program had mapped is not there any more"
                                                   : "a memory mapping did not come out at its recorded address");
    }
    note_replayed(a, &record);
    replay_done();
    return wanted;
}

/* ---- the others ---- */

static int64_t remap(const int64_t *a)
{
    if (session.mode == MODE_RECORD) {
        int64_t result = RAW(SYS_mremap, a[0], a[1], a[2], a[3], a[4]);
        log_begin(SYS_mremap, result, 0, 0);
        log_end();
        return result;
    }
    int64_t wanted = replay_expect(SYS_mremap, 0, a).result, got = wanted;
    if (!failed(wanted)) {
        got = wanted != a[0] ? RAW(SYS_mremap, a[0], a[1], a[2], MREMAP_MAYMOVE | MREMAP_FIXED, wanted)
                             : RAW(SYS_mremap, a[0], a[1], a[2], a[3] & ~MREMAP_MAYMOVE, a[4]);
    }
    if (got != wanted) {
        replay_diverged("mremap did not come out at its recorded address");
    }
    replay_done();
    return wanted;
}

/* Performed everywhere with the same effect. */
static int64_t perform_and_compare(const struct call *call)
{
    int64_t result = intercept_perform(call);
    if (call->nr == SYS_brk) {
        populate_break(result);
    }
    if (session.mode == MODE_RECORD) {
        log_begin((int)call->nr, result, 0, 0);
        log_end();
        return result;
    }
    int64_t wanted = replay_expect(call->nr, 0, call->arguments).result;
    if (call->nr == SYS_brk && result != wanted) {
        replay_diverged("the heap did not grow as recorded");
    }
    replay_done();
    return wanted;
}

int64_t memory_map_apart(int64_t nr, const int64_t *a)
{
    static int64_t next = 0x100000000000; /* the program and its heap are far below, libraries and maps far above */
    int64_t place = next;
    if (nr == SYS_mmap) {
        bool anywhere = a[0] == 0 && (a[3] & MAP_ANONYMOUS);
        next += anywhere ? (a[1] + 2 * PAGE - 1) & ~(int64_t)(PAGE - 1) : 0;
        return RAW(SYS_mmap, anywhere ? place : a[0], a[1], a[2], a[3], a[4], a[5]);
    }
    int64_t result = RAW(SYS_mremap, a[0], a[1], a[2], a[3] & MREMAP_FIXED ? a[3] : a[3] & ~MREMAP_MAYMOVE, a[4]);
    if (result != -ENOMEM || !(a[3] & MREMAP_MAYMOVE) || (a[3] & MREMAP_FIXED)) {
        return result;
    }
    next += (a[2] + 2 * PAGE - 1) & ~(int64_t)(PAGE - 1);
    return RAW(SYS_mremap, a[0], a[1], a[2], MREMAP_MAYMOVE | MREMAP_FIXED, place);
}

/* Also where the replica allocates on its own account: a thread's stack, and what others write to at its recorded address. */
static bool has_recorded_place(const int64_t *a) { return (a[3] & MAP_STACK) || ((a[3] & MAP_SHARED) && replay_is_next(SYS_mmap, 0)); }

bool memory_call(struct call *call, int64_t *result)
{
    const int64_t *a = call->arguments;
    switch (call->nr) {
    case SYS_mmap:
        if (session.lenient && (a[3] & MAP_ANONYMOUS) && !has_recorded_place(a)) {
            break;
        }
        *result = session.mode == MODE_RECORD ? record_map(a) : replay_map(a);
        return true;
    case SYS_mremap:
        if (session.lenient) {
            break;
        }
        shared_maps_give_back(a[0], a[1]);
        *result = remap(a);
        return true;
    case SYS_munmap: case SYS_mprotect: case SYS_madvise:
        shared_maps_give_back(a[0], a[1]);
        if (call->nr == SYS_munmap) {
            shared_maps_forget(a[0], a[1]);
        }
        /* fall through */
    case SYS_brk:
        if (session.lenient) {
            break;
        }
        /* fall through */
    case SYS_set_robust_list: case SYS_set_tid_address: case SYS_arch_prctl: case SYS_membarrier:
        *result = perform_and_compare(call);
        return true;
    default:
        return segments_call(call, result);
    }
    *result = intercept_perform(call);
    return true;
}
