/* Places where the tick goes on with another number. The checkpoints of a native head get their ticks before it is known how many instructions came before them, with room
 * to spare; when that is known, replicas from earlier checkpoints are told, so that every process has the same tick at the same place. */
#ifndef FRED_JUMPS_H
#define FRED_JUMPS_H

#include <stdbool.h>
#include <stdint.h>

/* At tick `at` the tick becomes `to`, which is greater. False: no room, or not ascending. */
bool jumps_add(uint64_t at, uint64_t to);
void jumps_clear(void);

/* The tick of the first jump that is not before `tick`; UINT64_MAX: none. */
uint64_t jumps_next(uint64_t tick);
/* The number that `tick` has behind a jump that is due there. */
uint64_t jumps_number(uint64_t tick);
/* Makes the jump that is due at the present tick, if there is one. */
void jumps_make(void);

#endif
