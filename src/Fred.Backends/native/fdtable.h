/* What the program has open: path, flags and offset per descriptor, kept by watching its calls in the head and in replicas alike, so
 * that a replica can open everything again when it becomes the head of a new branch. */
#ifndef FRED_FDTABLE_H
#define FRED_FDTABLE_H

#include <stdint.h>
#include "intercept.h"

/* Sees every call after its result is known. */
void fdtable_note(const struct call *call, int64_t result);

/* Opens the program's files at their offsets, 0-2 from the given directory (/proc/<pid>/fd). What cannot be had again (sockets,
 * pipes) is told to the controller by notices. */
void fdtable_reopen(const char *stdio_directory);

#endif
