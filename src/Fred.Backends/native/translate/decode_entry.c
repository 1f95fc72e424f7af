/* The decoder for tests outside C. */
#include "decoder.h"

/* Length of the instruction, 0 for none; *rip_at as in struct instruction. */
__attribute__((visibility("default"))) int fred_decode(const uint8_t *bytes, size_t available, int *rip_at);

int fred_decode(const uint8_t *bytes, size_t available, int *rip_at)
{
    struct instruction instruction;
    if (!decode(bytes, available, &instruction)) {
        return 0;
    }
    *rip_at = instruction.rip_at;
    return instruction.length;
}
