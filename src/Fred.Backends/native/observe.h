/* Questions to the whole history (docs/agent-protocol.md, section 2.5: modes hits, changes and calls). */
#ifndef FRED_OBSERVE_H
#define FRED_OBSERVE_H

/* A request of one of these modes begins where the process stands. */
void observe_begin(void);

/* Looks at an event. */
void observe_event(void);

/* The program has ended; `detail` is the uncaught exception, or empty. */
void observe_end(const char *detail);

/* A digest of the program's state, for comparison with a clean replica's; "" when the agent gives none. */
const char *observe_digest(void);

#endif
