/* Forks of the process: parked checkpoints, replicas made from them, and inspectors. */
#ifndef FRED_CHECKPOINT_H
#define FRED_CHECKPOINT_H

#include <stdint.h>
#include "session.h"

/* Forks this process, below the same parent, into a checkpoint or inspector. In the child: connected, has said hello, returns 0. In the
 * parent: the pid or -errno, and nothing else has changed. */
int64_t checkpoint_fork(enum role role, uint64_t token);

/* Forks a replica that follows `log` from here, with a slot of its own. Returns as above. */
int64_t checkpoint_fork_replica(uint64_t token, unsigned slot, const char *log);

/* With gc=freeze, in a head: moves all objects to the collector's permanent generation, as an injected event, so that collections do
 * not copy every page of the program away from its checkpoints. */
void checkpoint_freeze(void);

/* Makes this process the user of a slot from its current tick on. */
void checkpoint_take_slot(unsigned slot);

#endif
