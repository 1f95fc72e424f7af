/* What a diversion writes goes to the controller. */
#ifndef FRED_DIVERSION_H
#define FRED_DIVERSION_H

#include <stdint.h>
#include <sys/uio.h>

/* Each returns the number of bytes, as write does, or -EFAULT. */
int64_t diversion_output(int stream, const void *bytes, uint64_t length);
int64_t diversion_output_vector(int stream, const struct iovec *vector, int64_t count);

#endif
