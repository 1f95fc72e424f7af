/* The syscall log: everything the outside world told the program, in order (docs/agent-protocol.md, section 4).
 *
 * A position in it (cursor) is the byte offset of a record. The file holds the first page->log_base bytes, the tail of the control
 * page the next page->log_pending; a record never straddles the two. */
#ifndef FRED_LOG_H
#define FRED_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A brief one ends after the result: see RECORD_BRIEF. The smallest one is a single word, which is odd: see log_since. */
struct record {
    uint32_t length;   /* with this header and all chunks; even */
    uint16_t nr;       /* system call number or enum pseudo_call */
    uint8_t flags;     /* enum record_flags */
    uint8_t thread;    /* place of the program's thread in the table (threads.h), 0 the first one */
    int64_t result;    /* what the call returned */
    uint64_t tick;
    uint64_t out_hash; /* over what the program gave to the kernel; a replica compares it */
};

/* Bytes to store at an address of the program; address 0: data for libfred itself. Followed by `length` bytes padded to 8. */
struct chunk {
    uint64_t address, length;
};

_Static_assert(sizeof(struct record) == 32, "the record header is part of the file format");

enum { BRIEF_BYTES = 16, SMALLEST_BYTES = 4 };

/* A native head does not know when it does something; only the order counts then. */
#define LOG_UNKNOWN_TICK UINT64_MAX

enum pseudo_call {
    LOG_CLOCK_GETTIME = 1000,
    LOG_SIGNAL = 1001,       /* result: signal number, and in the upper half the process that libc's own came from */
    LOG_GETTIMEOFDAY = 1002,
    LOG_THREAD_START = 1003,  /* a thread has its first turn; result: its number */
    LOG_THREAD_YIELD = 1004,  /* at its next event after this tick it lets another one run */
    LOG_THREAD_RESUME = 1005, /* and it runs again */
    LOG_FATAL = 1007,        /* the program sent itself the signal in `result` and ends here, inside that call */
    LOG_INJECT = 1006,       /* an injected call (inject.h, program/events.c); result: its kind */
    LOG_PROCESSOR = 1008,    /* rdtsc, rdrand, cpuid of a native program: the registers it wrote */
    LOG_THREAD_SWITCH = 1009, /* from here on the thread at the place in `result` runs (native programs) */
    LOG_SEMAPHORE = 1010,    /* an operation on a semaphore in shared memory (semaphores.c) */
    LOG_SHARED = 1011        /* what other processes have written to shared memory (mirrors.c) */
};

enum record_flags {
    RECORD_IN_CALL = 1,  /* LOG_SHARED: seen right after the system call before it, not at a tick; LOG_SIGNAL: delivered right after the system call before it, not at a tick; LOG_THREAD_SWITCH: in a call that waits or ends the thread */
    RECORD_NANOSECONDS = 1, /* LOG_CLOCK_GETTIME: it returned 0, and the result is the time */
    RECORD_SINCE = 2,    /* LOG_CLOCK_GETTIME: the result is what has passed since the last look at this clock, in nanoseconds */
    RECORD_FILE = 1,     /* mmap: the chunk is the path of the mapped file */
    RECORD_CONTENT = 2,  /* mmap: the chunk is what the mapping held */
    RECORD_STACK = 8,    /* mmap: of a thread's stack, which is at its recorded address also in a lenient replica */
    RECORD_OPAQUE = 4,   /* a call libfred does not know: only its result is recorded */
    RECORD_MIRROR = 32,  /* mmap: of memory that is mirrored (mirrors.h) */
    RECORD_BRIEF = 16    /* half a header, without chunks: of the tick it has the last three bits, as the highest of the flags */
};

enum { BRIEF_TICK_MASK = 7, BRIEF_TICK_SHIFT = 5 };

/* In the word of a smallest record: those bits of the tick, the thread, and the nanoseconds. */
enum { SMALLEST_TICK_SHIFT = 1, SMALLEST_THREAD_SHIFT = 4, SMALLEST_SINCE_SHIFT = 12 };

/* ---- writing (head) ---- */

/* Opens (and empties) the log and takes the page's tail for it. `limit`: bytes after which the log counts as full. 0 or -errno. */
int log_create(const char *path, uint64_t limit);
/* Goes on writing at the end of a file that was copied for a new branch. 0 or -errno. */
int log_continue(const char *path, uint64_t size, uint64_t limit);
void log_begin(int nr, int64_t result, uint64_t out_hash, unsigned flags);
/* Adds a chunk; nothing for a NULL address or no bytes. */
void log_chunk(const void *address, int64_t length);
/* Adds a chunk whose bytes are not at its address. */
void log_data(uint64_t address, const void *bytes, uint64_t length);
void log_end(void);
/* A whole record without chunks. */
void log_short(int nr, int64_t result, unsigned flags);
/* The same, brief. */
void log_brief(int nr, int64_t result, unsigned flags);
/* LOG_CLOCK_GETTIME with RECORD_SINCE in four bytes, which are read back as a brief record. False: the time is too long for it, or the record does not fit in the tail. */
bool log_since(uint64_t nanoseconds);
/* Makes the page's tail and counters this head's: stopped heads of other branches share them. Nothing in another mode. */
void log_take_page(void);
/* Brings the tail into the file. */
void log_flush(void);
/* What is recorded from now on is somebody else's business: nothing more is written. The file is closed with all of libfred's. */
void log_abandon(void);
/* True once the limit is reached or the file could not be written; nothing is recorded any more. */
bool log_full(void);
/* Where the next record will be. */
uint64_t log_end_cursor(void);

/* ---- reading (replicas) ---- */

/* Opens a log for reading. 0 or -errno. */
int log_open(const char *path);
/* Copies `length` bytes from `cursor` on. False: the recording ends before. */
bool log_fetch(uint64_t cursor, void *to, size_t length);
/* The record at `cursor`, without its chunks; a brief one has neither tick nor hash. False: the recording ends before. */
bool log_record(uint64_t cursor, struct record *record);
/* Closes the reader's file. */
void log_close(void);

#endif
