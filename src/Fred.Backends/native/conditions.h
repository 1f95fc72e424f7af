/* Python's interpreter lock, where no other thread runs: see conditions.c. */
#ifndef FRED_CONDITIONS_H
#define FRED_CONDITIONS_H

#include <stdbool.h>

/* True, once, if Python gave its lock away at another thread's request, which is then forgotten. */
bool conditions_gave_away(void);

/* Calls `take`, which takes the lock that this thread has already: as it would in another thread, it waits, asks for the lock, and waits again; there it is left. */
void conditions_ask_again(void (*take)(void));

#endif
