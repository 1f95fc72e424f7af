/* Memory that a native program shares with other processes. It stays the real one, whose single instructions processes may rely on; what has changed there is recorded behind each system call. */
#ifndef FRED_VIEWS_H
#define FRED_VIEWS_H

#include <stdbool.h>
#include <stdint.h>

/* At the beginning of a native program: others have mirrors.h instead. */
void views_choose(void);
bool views_wanted(void);
/* The program has mapped such memory. False: it is too large, or this is not wanted. */
bool views_take(int64_t address, int64_t length);
/* The mapping changes, or goes. */
void views_forget(int64_t address, int64_t length);
/* From now on another process may write there. */
void views_begin(void);
/* A replica has become a head: it shares what it has with the processes that it starts. */
void views_become_live(void);
/* Records what has changed since the last time: right behind the record of a system call. */
void views_look(void);

#endif
