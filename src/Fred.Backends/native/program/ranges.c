#include "ranges.h"

#include <stddef.h>

#include "watch.h"

static void sort(struct range *reads, unsigned read_count)
{
    for (unsigned gap = read_count / 2; gap > 0; gap /= 2) {
        for (unsigned i = gap; i < read_count; i++) {
            struct range range = reads[i];
            unsigned at = i;
            for (; at >= gap && reads[at - gap].address > range.address; at -= gap) {
                reads[at] = reads[at - gap];
            }
            reads[at] = range;
        }
    }
}

unsigned ranges_merge(struct range *reads, unsigned read_count, struct range *ranges, unsigned room, bool *too_many)
{
    unsigned count = 0;
    sort(reads, read_count);
    for (unsigned i = 0; i < read_count; i++) {
        uint64_t at = reads[i].address, end = at + reads[i].length;
        struct range *before = count > 0 ? &ranges[count - 1] : NULL;
        if (before != NULL && at < before->address + before->length) {
            at = before->address + before->length;
        }
        if (before != NULL && at == before->address + before->length && at < end && before->length + (end - at) <= MAX_WATCHED_BYTES) {
            before->length += (uint32_t)(end - at);
        } else if (at < end && count < room) {
            ranges[count++] = (struct range){at, (uint32_t)(end - at)};
        } else if (at < end) {
            *too_many = true;
        }
    }
    return count;
}
