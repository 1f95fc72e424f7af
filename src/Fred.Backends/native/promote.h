/* A replica becomes the head of a new branch. */
#ifndef FRED_PROMOTE_H
#define FRED_PROMOTE_H

/* Copies the log up to here to `log`, takes the slot, opens the program's files again (0-2 from `stdio`, a /proc/<pid>/fd) and records
 * from now on. NULL, or what went wrong; the process is then still a replica. */
const char *promote_to_head(const char *log, unsigned slot, const char *stdio);

#endif
