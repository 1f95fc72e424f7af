#include "run.h"

#include "fred.h"
#include "python.h"

void run_before_first_event(void) {}
void run_event(void) {}
uint64_t run_next_interesting_tick(void) { return UINT64_MAX; }
bool run_requests_pending(void) { return false; }
int fred_active(void) { return 0; }
void fred_start(PyObject *callback) { python_set_callback(callback); }
void fred_end(int kind, int status, const char *detail) { (void)kind, (void)status, (void)detail; }
