/* A replica has private memory with the same contents at the same address, as for other shared mappings. */
#include "segments.h"

#include <errno.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/shm.h>

#include "calls.h"
#include "log.h"
#include "raw.h"
#include "replay.h"
#include "session.h"
#include "shared_maps.h"
#include "views.h"

enum { PAGE = 4096 };

static bool failed(int64_t result) { return result < 0 && result > -PAGE; }

static void note(int64_t address, int64_t length, bool is_written)
{
    if (is_written) {
        shared_maps_happened();
    }
    shared_maps_note(address, length);
}

static int64_t attach_live(const int64_t *a)
{
    struct shmid_ds segment = {0};
    int64_t result = RAW(SYS_shmat, a[0], a[1], a[2]), length = 0;
    if (!failed(result)) {
        RAW(SYS_shmctl, a[0], IPC_STAT, &segment);
        length = (int64_t)segment.shm_segsz;
    }
    log_begin(SYS_shmat, result, 0, 0);
    log_data(0, &length, sizeof length);
    log_chunk((const void *)result, length);
    log_end();
    if (length > 0) {
        note(result, length, !(a[2] & SHM_RDONLY));
        shared_maps_not_mirrored(false, views_take(result, length));
    }
    return result;
}

static int64_t attach_again(const int64_t *a)
{
    struct { int64_t length; char end; } data = {0, 0};
    int64_t result = replay_expect(SYS_shmat, 0, a).result;
    replay_data(&data, sizeof data);
    if (data.length > 0) {
        RAW(SYS_mmap, result, data.length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
        replay_apply();
        note(result, data.length, !(a[2] & SHM_RDONLY));
    }
    replay_done();
    return result;
}

static int64_t detach(const int64_t *a)
{
    int64_t length = shared_maps_length(a[0]), result;
    shared_maps_give_back(a[0], length);
    shared_maps_forget(a[0], length);
    if (session.mode == MODE_RECORD) {
        result = RAW(SYS_shmdt, a[0]);
        log_short(SYS_shmdt, result, 0);
        return result;
    }
    result = replay_expect(SYS_shmdt, 0, a).result;
    if (result == 0) {
        RAW(SYS_munmap, a[0], length);
    }
    replay_done();
    return result;
}

static int64_t control(const int64_t *a)
{
    int64_t result;
    if (session.mode == MODE_RECORD) {
        result = RAW(SYS_shmctl, a[0], a[1], a[2]);
        log_begin(SYS_shmctl, result, 0, 0);
        log_chunk((const void *)a[2], result >= 0 && (a[1] == IPC_STAT || a[1] == SHM_STAT) ? (int64_t)sizeof(struct shmid_ds) : 0);
        log_end();
        return result;
    }
    result = replay_expect(SYS_shmctl, 0, a).result;
    replay_apply();
    replay_done();
    return result;
}

bool segments_call(struct call *call, int64_t *result)
{
    const int64_t *a = call->arguments;
    switch (call->nr) {
    case SYS_shmat: *result = session.mode == MODE_RECORD ? attach_live(a) : attach_again(a); return true;
    case SYS_shmdt: *result = detach(a); return true;
    case SYS_shmctl: *result = control(a); return true;
    default: return false;
    }
}
