/* libfred's own file descriptors: kept out of the program's way and out of its reach. */
#ifndef FRED_DESCRIPTORS_H
#define FRED_DESCRIPTORS_H

#include <stdbool.h>
#include <stdint.h>

/* Moves fd to a high number, close-on-exec, and remembers it as ours. Returns the new number (fd itself if there is no high one). */
int descriptors_keep(int fd);
/* Remembers one as ours that stays where it is. */
void descriptors_claim(int fd);
/* Closes one of ours. */
void descriptors_drop(int fd);
/* True for a descriptor the program must not see. */
bool descriptors_ours(int fd);
/* Closes all of ours (in the program's own children). */
void descriptors_drop_all(void);
/* Closes everything and opens /dev/null as 0-2: a parked process must not keep the program's pipes open. */
void descriptors_close_everything(void);
/* The same, but ours stay. */
void descriptors_close_others(void);
/* Another process's, by that process's directory of descriptors (/proc/<pid>/fd): the same open file, not opened again. Negative errno. */
int64_t descriptors_take(const char *directory, int fd);
/* close_range(2) that spares ours; the kernel's result. */
int descriptors_close_range(unsigned first, unsigned last, unsigned flags);

#endif
