/* The program's shared mappings (MAP_SHARED) that are not mirrored: replicas have private copies of them, as they were at their checkpoint. See also memory_... in calls.h. */
#ifndef FRED_SHARED_MAPS_H
#define FRED_SHARED_MAPS_H

#include <stdbool.h>
#include <stdint.h>

/* The program has one more, or one less. Bytes; whole pages are meant. */
void shared_maps_note(int64_t start, int64_t length);
void shared_maps_forget(int64_t start, int64_t length);
/* Of the one that begins there; 0: none does. */
int64_t shared_maps_length(int64_t start);

/* A mapping changes, or goes: what is done there so that changes are recorded ends. */
void shared_maps_give_back(int64_t address, int64_t length);

/* The program has mapped one that it may write to, in a head or a replica. */
void shared_maps_happened(void);

/* A replica has become a head: from now on it shares what its copies are with the processes it starts (files and processes of before have nothing to do with it). */
void shared_maps_become_live(void);

/* An image has private copies of them, and DMTCP leaves them out: it would have what comes back share them again. Copies all of them; false: there is no room. */
bool shared_maps_copy(void);
/* What DMTCP asks of each stretch of memory (its dmtcp_skip_memory_region_ckpting; the address comes first): whether it is to be left out. */
int shared_maps_leave_out(const void *area);
/* Behind the image, in the program that goes on: drops the copies. False: DMTCP has not asked, so the image is of no use. */
bool shared_maps_left_out(void);
/* In what comes back: the copies take their places. */
void shared_maps_come_back(void);

/* Other processes may write to one that the head has just mapped, which is recorded at system calls (`viewed`) or not at all: the user is told, once; for memory without a name when the
 * program has its first child. */
void shared_maps_not_mirrored(bool anonymous, bool viewed);
void shared_maps_before_fork(void);

#endif
