/* Which process of the program is recorded: its first, or a child of that one (`--follow child:N`). */
#ifndef FRED_FOLLOW_H
#define FRED_FOLLOW_H

#include <stdbool.h>
#include <stdint.h>

/* The mode option follow=N: the Nth process that the program starts is recorded from its beginning on, and its parent no more. */
void follow_choose(uint64_t number);
/* True if the next process that the program starts is that one. */
bool follow_is_next(void);
/* True if that one is still to come: then the program's first process will go on without us. */
bool follow_is_ahead(void);
/* The program has started a process (in the process itself: 0), or a replica has come to where it did. */
void follow_count(int64_t result);
/* True if it has started any. */
bool follow_any(void);
/* In the new process, before anything else: it is the head, and the controller is told so. */
void follow_take_over(void);
/* The program ends: the controller is told if the process to be recorded has never come. */
void follow_tell_missing(void);

/* A recorded child of the program ends. Its parent waits for that, so it really ends, while a copy of it stays for whoever looks at it. True: this is the one that
 * ends, unrecorded; false: it is the copy, or there is none. */
bool follow_part(void);

#endif
