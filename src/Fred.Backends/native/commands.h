/* What a stopped process does for the controller. */
#ifndef FRED_COMMANDS_H
#define FRED_COMMANDS_H

/* Remembers the stop for the inspectors that will be forked from it. */
void commands_note_stop(const char *reason, const char *detail);

/* Serves the controller until it says run. */
void commands_serve(void);

#endif
