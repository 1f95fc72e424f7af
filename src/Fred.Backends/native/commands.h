/* What a stopped process does for the controller. */
#ifndef FRED_COMMANDS_H
#define FRED_COMMANDS_H

/* Remembers the stop for the inspectors that will be forked from it. */
void commands_note_stop(const char *reason, const char *detail);

/* Serves the controller until it says run. */
void commands_serve(void);

/* Answers a message with a bare word, or with an error. */
void commands_answer(const char *word);
void commands_answer_error(const char *text);

#endif
