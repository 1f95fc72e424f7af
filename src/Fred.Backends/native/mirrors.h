/* Memory that a Python program shares with other processes, so that what they write to it is part of the recording: the program has a private copy in its place, which is brought
 * in step with the real memory at system calls, at operations on shared locks, and now and then at a tick. */
#ifndef FRED_MIRRORS_H
#define FRED_MIRRORS_H

#include <stdbool.h>
#include <stdint.h>

/* Around a call of mmap by Python (its module mmap, and so multiprocessing), which does not rely on single instructions: what it maps may be mirrored. */
void mirrors_expect(bool python);
/* The head has mapped it: puts a copy in its place if it can be mirrored. `covered`: so many bytes of it can be read. */
bool mirrors_take(int64_t address, int64_t length, int64_t protection, int64_t covered);
/* The same in a replica, where there is only the copy. */
void mirrors_note(int64_t address, int64_t length);
/* The mapping changes, or goes: the real memory takes its place again. Calls `given_back` for each that overlaps. */
void mirrors_give_back(int64_t address, int64_t length, void (*given_back)(int64_t address, int64_t length));
/* The process is not recorded any more. */
void mirrors_leave(void);
/* This process has nothing to do with the others any more; the copies stay. */
void mirrors_abandon(void);
/* A replica has become a head: from now on it shares its copies with the processes it starts. */
void mirrors_become_live(void);
/* True if there is one. */
bool mirrors_exist(void);
/* True for the real memory of one. */
bool mirrors_have(uint64_t address);

/* What the program has written since the last time becomes visible to others: before each call. */
void mirrors_push(void);
/* And what others have written to the program, which is recorded: after each call. */
void mirrors_pull(void);

/* Both at a tick, if it is time. And the tick at which to ask again; UINT64_MAX: none. */
void mirrors_at_tick(void);
uint64_t mirrors_next_look(void);

#endif
