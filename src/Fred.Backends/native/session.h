/* What this process is at the moment. One static record: libfred serves exactly one process, and may not allocate. */
#ifndef FRED_SESSION_H
#define FRED_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "page.h"

enum mode {
    MODE_OFF,    /* system calls go to the kernel, probes only count: no session, an inspector, or the program's own child */
    MODE_RECORD, /* calls are performed and logged */
    MODE_REPLAY  /* calls are answered from the log */
};

enum role { ROLE_NONE, ROLE_HEAD, ROLE_CHECKPOINT, ROLE_REPLICA, ROLE_INSPECTOR, ROLE_DIVERSION };

struct session {
    enum mode mode;
    enum role role;
    bool lenient;      /* replica whose memory is no longer exact (it evaluated something): memory calls are not compared */
    bool followed;     /* a head that is a child of another process of the program, not of the launcher */
    bool started;      /* fred_start was called: the program proper runs */
    bool gc_freeze;    /* freeze the collector's generations at checkpoints */
    bool populate;     /* pre-fault small anonymous mappings and heap growth */
    bool sync;         /* fdatasync the log at every flush */
    uint64_t log_limit; /* bytes after which a log counts as full */
    int control;       /* socket to the controller, -1 while not connected */
    struct page *page; /* NULL without a session */
    char socket_path[108];
    char page_path[256]; /* of the control page */
    uintptr_t text_start; /* libfred's own code: the only code allowed to make system calls */
    size_t text_size;
    uintptr_t image_start, image_end; /* everything the dynamic linker mapped for libfred */
};

extern struct session session;

enum { CONTROL_FD_BASE = 900 }; /* libfred's descriptors; the program keeps the low numbers it would have without Fred */

enum { EXIT_DIVERGED = 77, EXIT_NO_CONTROLLER = 78 };

#endif
