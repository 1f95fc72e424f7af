#include <errno.h>
#include <string.h>

#include "descriptors.h"
#include "identity.h"
#include "intercept.h"
#include "calls.h"
#include "raw.h"
#include "session.h"

/* The program may close anything but libfred's descriptors, which it does not know of. */
int64_t intercept_perform(const struct call *call)
{
    int64_t a[6];
    memcpy(a, call->arguments, sizeof a);
    identity_translate(call->nr, a);
    switch (call->nr) {
    case SYS_close_range:
        return descriptors_close_range((unsigned)a[0], (unsigned)a[1], (unsigned)a[2]);
    case SYS_close:
        if (descriptors_ours((int)a[0])) {
            return -EBADF;
        }
        break;
    case SYS_dup2:
    case SYS_dup3:
        if (descriptors_ours((int)a[1])) {
            return -EBADF;
        }
        break;
    case SYS_mmap:
    case SYS_mremap:
        if (session.lenient) {
            return memory_map_apart(call->nr, a);
        }
        break;
    default:
        break;
    }
    return fred_raw(call->nr, a[0], a[1], a[2], a[3], a[4], a[5]);
}
