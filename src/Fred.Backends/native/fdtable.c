#include "fdtable.h"
void fdtable_note(const struct call *call, int64_t result) { (void)call, (void)result; }
void fdtable_reopen(const char *stdio_directory) { (void)stdio_directory; }
