#include "promote.h"
const char *promote_to_head(const char *log, unsigned slot, const char *stdio) { (void)log, (void)slot, (void)stdio; return "not yet"; }
