/* The bare fork that checkpoints, replicas and inspectors begin with. */
#ifndef FRED_FORK_H
#define FRED_FORK_H

#include <stdint.h>

/* Forks this process below the same parent. In the child (0): private copies of shared memory, no descriptors, no connection, parked at the cursor. In the
 * parent: the pid or -errno, and nothing else has changed. */
int64_t fork_copy(void);

#endif
