/* What the program has open: path, flags and offset per descriptor, kept by watching its calls in the head and in replicas alike, so
 * that a replica can open everything again when it becomes the head of a new branch. */
#ifndef FRED_FDTABLE_H
#define FRED_FDTABLE_H

#include <stdint.h>
#include "intercept.h"

/* Learns the working directory and the offsets of 0-2. Called once, before the program's first call. */
void fdtable_init(void);

/* Sees every call after its result is known and its outputs are in memory. */
void fdtable_note(const struct call *call, int64_t result);

/* Goes to the program's directory and opens its files at their offsets, 0-2 from the given directory (/proc/<pid>/fd). Files are opened
 * without creating or truncating. What cannot be had again (sockets, pipes, deleted files) is told to the controller by notices. */
void fdtable_reopen(const char *stdio_directory);

#endif
