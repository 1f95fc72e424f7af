/* The beginning of every process of a session, the same for all kinds of programs. */
#ifndef FRED_START_H
#define FRED_START_H

#include <stdbool.h>

/* Takes the session's socket from the environment, hides Fred there, connects and says hello. False without a session. */
bool start_session(void);

/* Reads the `mode` line: maps the control page, opens the log, takes the slot. `option` is called for options that are not common to all programs. */
void start_obey_mode(void (*option)(const char *word));

/* Maps the control page, at the same address in every process. Gives up when it cannot. */
void start_map_page(const char *path);

/* Tells the controller why there can be no session and ends the process. */
__attribute__((noreturn)) void start_give_up(const char *text);

#endif
