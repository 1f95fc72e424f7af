/* Images of a native program on disk, written by DMTCP (foreign.h). */
#ifndef FRED_IMAGES_H
#define FRED_IMAGES_H

#include <stdbool.h>
#include <stdint.h>

/* What the kernel knows of the process, and a process that comes back from an image has to tell it again. Once, at the beginning. */
void images_note_process(void);

/* The command `image`: writes one of the stopped head and answers; not if that has gone on from `tick`. In a restored process it does not answer: that becomes a parked checkpoint, and
 * this returns in it. */
void images_take(uint64_t token, const char *path, uint64_t tick);

/* The same for the running head, in the session's directory. True in what has come back. */
bool images_take_here(uint64_t token);

#endif
