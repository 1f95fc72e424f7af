/* The bare fork that checkpoints, replicas and inspectors begin with. */
#ifndef FRED_FORK_H
#define FRED_FORK_H

#include <stdbool.h>
#include <stdint.h>

/* Forks this process below the launcher, whoever its own parent is. In the child (0) nothing is changed. In the parent: the pid or -errno. */
int64_t fork_below_launcher(void);

/* Forks this process in the same way. In the child (0): private copies of shared memory, no descriptors, no connection, parked at the cursor. In the
 * parent: the pid or -errno, and nothing else has changed. */
int64_t fork_copy(void);

/* The same below this process: it dies with it, and is waited for with __WALL. */
int64_t fork_child(void);

/* In a copy made by other means: alone, without descriptors, parked at `cursor`; dies with its parent. `copy_shared`: its shared mappings become private. */
void fork_become(uint64_t cursor, bool copy_shared);

#endif
