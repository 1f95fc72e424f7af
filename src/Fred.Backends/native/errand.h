/* DMTCP's functions in this process, and the thread that calls them. */
#ifndef FRED_ERRAND_H
#define FRED_ERRAND_H

#include <stdbool.h>
#include <stdint.h>

#include "calls.h"

enum { ERRAND_COORDINATOR = 821 }; /* the descriptor of its connection to the coordinator */
enum { ERRAND_WRITTEN = 1, ERRAND_RESTARTED = 2 }; /* what DMTCP says */

/* Looks its functions up by `find` and starts the thread. False: it is not there. */
bool errand_begin(void *(*find)(const char *name));

/* True when images can be written: errand_begin was called, and this is not a copy. */
bool errand_possible(void);

/* The signal by which DMTCP stops threads. */
int errand_signal(void);

/* True for what DMTCP says to its coordinator inside a call of the program's (a fork): in a copy that has written other images, or none, it says it in other words. */
bool errand_speaks(const struct call *call);

/* Has an image written. ERRAND_WRITTEN, ERRAND_RESTARTED (in the process that has come back from it), or -errno: DMTCP said that it has not; -EAGAIN: it was not asked, because the
 * program has the dynamic linker's lock; -ECHILD: because there are processes of the program's. */
int64_t errand_run(const char *path);

/* Tells the controller. */
void errand_answer(uint64_t token, int64_t status);

/* Tells it how the image at `path` has come out. Not `complete`: it is removed, -EBUSY. */
void errand_finish(uint64_t token, const char *path, int64_t outcome, bool complete);

/* In the process that has come back: leaves a copy without DMTCP, parked at `cursor`, and ends. Returns in the copy. */
void errand_leave(uint64_t cursor);
/* The copy says hello to the session that restarted it. */
void errand_introduce(void);

/* Where the running head writes its image: in the session's directory. Valid until the next call. */
const char *errand_path(uint64_t token);

#endif
