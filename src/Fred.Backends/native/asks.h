/* What the program asks of its own session, through the Python module fred: kept here until the next event, where the head stops for it. */
#ifndef FRED_ASKS_H
#define FRED_ASKS_H

#include <stdbool.h>

/* Whether something was asked since the last event. */
bool asks_pending(void);

/* At an event: stops the head, with reason `asked`, when something was asked. True in a copy that was made at that stop and has just been told to run: it goes on
 * behind this event. False in the head, for which the event still counts. */
bool asks_serve(void);

#endif
