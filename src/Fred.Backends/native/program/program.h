/* The native program as a session sees it: where it stands, what it was asked to do, and how it stops. The parts in this directory share it. */
#ifndef FRED_PROGRAM_H
#define FRED_PROGRAM_H

#include <stdbool.h>
#include <stdint.h>
#include <ucontext.h>

/* ---- run requests (docs/agent-protocol.md, section 5.4) ---- */

enum program_mode { PROGRAM_STOP, PROGRAM_FIRST, PROGRAM_LAST, PROGRAM_ALL };

struct program_request {
    enum program_mode mode;
    uint64_t begun;                 /* the tick at which it was made: the user knows what is there */
    uint64_t limit;
    uint64_t range_low, range_high; /* equal: none */
    uint64_t stop_signals;          /* bit (1 << (signal - 1)) */
    uint64_t most;                  /* matches that are reported */
    bool breaks, watches, match, lines;
    bool line_stop;                 /* stop where a line begins */
    bool drop_signal;               /* the one it stopped for is not delivered */
    unsigned thread;                /* lines and steps count in this one only; 0: in all */
    bool one_step;                  /* the limit is this thread's next instruction ... */
    uint64_t last;                  /* ... or this tick, if it comes first */
    bool reads;                     /* note what is read */
    uint64_t calls;                 /* how many the predicate may make */
    enum program_mode predicate;    /* what is said of the predicate's changes; PROGRAM_STOP: nothing, it is not looked at */
};

extern struct program_request program_request;

/* Takes over the words of a `run` line. False, with *error: it cannot be done. */
bool program_take_request(char *words, const char **error);

/* The first stop will be at the program's entry point. */
void program_arm_entry(uint64_t pc);

/* The thread that a step is for leaves, or comes to its turn (after the call in which it had left, or not). */
void request_thread_leaves(void);
void request_thread_arrives(bool in_call);

/* ---- stops ---- */

/* Reports a stop and serves the controller until it says run. `ids`: of breakpoints or watchpoints with commas, or "-". */
void program_stop(const char *reason, int signal, const char *ids, const char *detail);
/* Asks the controller at which tick a native head stands (STOP_LOCATE), in the middle of a run, which goes on: nothing was found. */
void program_be_located(void);
/* The position line after a hello. */
void program_report_position(void);
/* The state that is looked for is where a run would begin. */
void program_report_match(void);
/* Serves a process that was just forked; returns when it is to run. */
void program_serve(void);

/* True while the tick is known. */
extern bool program_exact;
/* A replica whose state the user changed, or that follows no log. */
extern bool program_changed;

/* ---- scans (scan.c) ---- */

enum { MAX_ID_TEXT = 512 };

void scan_clear(void);
/* Notes a match at `tick`; value may be NULL. */
void scan_note(uint64_t tick, const char *ids, uint64_t pc, const uint8_t *value, unsigned length);
/* Reports the end of a scan; nothing if none is going on, or it has been reported. */
void scan_finish(void);

/* ---- reads (reads.c) ---- */

enum { MAX_READ_WORDS = 16384 };

/* Forgets what has been read; what is below `stack` is not noted from now on. */
void reads_begin(uint64_t stack);
/* Sends the addresses that were read, as 64-bit words, from one of them on as many as fit. An error text when they could not all be noted, or NULL. */
const char *reads_send(uint64_t from);
/* Copies all of them. False: they could not all be noted. */
bool reads_take(uint64_t *words, uint32_t *count);
/* The instruction at pc has done to marked watches what they are for. */
void program_report_watch(uint64_t pc);

/* ---- breakpoints (points.c) ---- */

/* Calls `visit` for each armed address. */
void points_each(void (*visit)(uint64_t pc));
bool points_add(uint64_t id, uint64_t pc);
void points_clear(void);
/* Ids armed at pc, with commas, or "-" for none. */
const char *points_at(uint64_t pc);
/* Makes translated code look for what the request asks for. True: what there was of it is gone. */
bool points_apply(void);
/* What translated code looks for has changed otherwise. */
void points_forget_translations(void);

/* ---- state (state.c): registers and memory for the controller ---- */

/* `thread`: its number; 0 for the running one. */
void state_send_registers(unsigned thread);
const char *state_set_registers(const char *general, const char *vectors);
void state_send_memory(uint64_t address, uint64_t length);
const char *state_write_memory(uint64_t address, const char *hex);
/* Registers from their text form, in the context's order. False: not such a text. */
bool state_parse_general(const char *hex, uint64_t registers[16], uint64_t *pc);
/* Bytes of this processor's XSAVE image. */
unsigned state_vector_bytes(void);
/* True if that is what is at the address; nothing need be. */
bool state_has_byte(uint64_t address, uint8_t byte);
/* Writes to memory whatever its protection. False: nothing is mapped there. The raw form tells nobody. */
bool state_poke_raw(uint64_t address, const void *bytes, uint64_t length);
bool state_poke(uint64_t address, const void *bytes, uint64_t length);

/* ---- events of the log that come at ticks (events.c) ---- */

/* What the controller changes in a head is recorded, and repeated by replicas. */
void events_record_memory(uint64_t address, const void *bytes, uint64_t length);
void events_record_registers(void);
/* Repeats the user's changes that the log has for the present tick. True: there were some. */
bool events_repeat(void);
/* Enters the handlers of signals that were delivered right after the system call just replayed (heads that do not know their tick). */
void events_after_call(void);
/* The same, or enters the handler of a signal: then the program is one tick further. */
bool events_meet(void);

/* ---- system calls (calls.c) ---- */

/* Gives up the system call in progress: the program stands before it again. Does not return to its caller. */
__attribute__((noreturn)) void program_call_again(void);
/* A changed replica has left the log: it stops before the call that did. Returns if it is not a changed one. */
void program_diverged(const char *text);
/* The same for a call that cannot be replayed; and where no thread can ever run again. */
__attribute__((noreturn)) void program_refuse_call(const char *why);
__attribute__((noreturn)) void program_deadlock(void);
/* Ends the call that the running thread, whose turn has come, stands in. */
void program_finish_call(void);
/* True if the program stands right behind a system call that it made just now. */
bool calls_just_returned(void);
/* The program runs by itself now: it stands behind no call any more. */
void calls_forget_return(void);
/* A call that changes mappings: translations of what goes away are given up. */
struct call;
void calls_note_mapping(const struct call *call);
/* libfred itself has faulted, with these registers. True if that was on a pointer of the program's: when the handler returns, the program gets EFAULT. */
bool program_guard_catches(greg_t *registers);

/* ---- forks (forks.c) ---- */

void forks_checkpoint(uint64_t token);
void forks_replica(uint64_t token, unsigned slot, const char *log);
void forks_diversion(uint64_t token, unsigned slot);
/* A checkpoint that the controller asked for through the control page. True in the child. */
bool forks_requested(void);

#endif
