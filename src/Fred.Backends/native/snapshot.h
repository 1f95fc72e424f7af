/* Images of the program on disk, written by DMTCP, under which it then runs. An image restores as a parked checkpoint. */
#ifndef FRED_SNAPSHOT_H
#define FRED_SNAPSHOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Whether the session is to begin only in front of main: DMTCP has to be complete by then. Asked by the constructor. */
bool snapshot_begins_later(void);

/* What the session begins with. */
void snapshot_begin_session(void);

/* The command `image`: writes one of the stopped head and answers; not if that has gone on from `tick`. In a restored process it does not answer: that becomes a parked
 * checkpoint, and this returns in it. */
void snapshot_take(uint64_t token, const char *path, uint64_t tick);

/* The same for the running head, in the session's directory. True in what has come back. */
bool snapshot_take_here(uint64_t token);

/* The thread of the program when DMTCP has one, too, in this process; NULL else. */
extern void *snapshot_program_thread;

/* Whether this is DMTCP's thread, whose calls are not the program's. */
static inline bool snapshot_foreign_thread(void)
{
    return snapshot_program_thread != NULL && __builtin_thread_pointer() != snapshot_program_thread;
}

#endif
