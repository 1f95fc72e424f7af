/* The calls libfred offers to the Python agent (by ctypes.PyDLL) and to the tests. Everything else in the library is hidden.
 *
 * All of them are called with the GIL held, from the thread that has the baton. Texts are UTF-8, copied by libfred. */
#ifndef FRED_H
#define FRED_H

#define FRED_API __attribute__((visibility("default")))

/* Bits of a probe's `kinds`; one execution of a probe is one tick for each of the first three, in this order. The others mark its line event: a `raise`
 * statement, or the first `except` clause that an exception meets. */
enum fred_kinds { FRED_HAS_CALL = 1, FRED_HAS_LINE = 2, FRED_HAS_RETURN = 4, FRED_RAISES = 8, FRED_HANDLES = 16, FRED_AGAIN = 32, FRED_TICKS = 7 };

/* What fred_end reports. */
enum fred_end_kind { FRED_END_EXIT = 0, FRED_END_EXCEPTION = 1 };

typedef struct _object PyObject;

/* Registers a source file and returns its id; the same path gives the same id. -1: the table (4096 files) is full. */
FRED_API int fred_file(const char *path);

/* Makes a probe for one statement of `file`: lines are 1-based, `call_line` is the line shown for its call event (the `def`), `function` may be qualified ("Cart.add"),
 * `enters` is 1 when this is the first event of an activation. New reference; NULL with a Python error set on failure. */
FRED_API PyObject *fred_probe(int file, int line, int end_line, int call_line, const char *function, int kinds, int enters);

/* Gives opcodes of the interpreter to ticks (opcode.c). `defined`: 256 bytes, 1 for the numbers of opcodes of the language; `stay` and `skip`: those of NOP and
 * JUMP_FORWARD. 1: possible, or done already; 0: this build of Python has no dispatch table that can be recognised, or memory protection forbids it. */
FRED_API int fred_opcodes(const unsigned char *defined, int stay, int skip);

/* Makes the unit at `unit`, a NOP of a code object that is executed next, one by which libfred finds out where this build of the interpreter keeps the address of the instruction.
 * fred_learned looks at what was found; after the last of several such units it says with 1 that there is one answer to all of them. Needed once, for probes that enter. */
FRED_API void fred_learn(unsigned char *unit);
FRED_API int fred_learned(int last);

/* Makes a probe one instruction. `units`: the first of `count` code units (2 bytes each) that execute it, in the memory of a code object that lives for ever:
 * `before` of them load it, then come UNARY_NEGATIVE twice, and what takes the value away. 0: not possible, nothing is changed. */
FRED_API int fred_shorten(PyObject *probe, unsigned char *units, int before, int count);

/* All probes of the file exist now: breakpoints that waited for it are armed. */
FRED_API void fred_file_done(int file);

/* Called with i = 0..3 from Python frames at depth d+i: finds the recursion counter inside PyThreadState. */
FRED_API void fred_calibrate(int i);
/* Returns 1 when the counter was found (depths are then valid), else 0. */
FRED_API int fred_calibrate_done(void);

/* 1 when a session drives this process, 0 when the library was merely loaded. */
FRED_API int fred_active(void);

/* Reports the entry stop and waits until the controller says run. `callback` is kept for the life of the process. */
FRED_API void fred_start(PyObject *callback);

/* The last tick: end of the program or an uncaught exception. Stops there; returns when the controller says run. */
FRED_API void fred_end(int kind, int status, const char *detail);

/* An inspector has given its first answer: what it touched until then is made ready in the next one. */
FRED_API void fred_answered(void);

/* The threads alive, in order of their numbers: place (for fred_activations), number, and thread pointer (what Python calls the ident). Returns how many, at most `max`;
 * one, with thread pointer 0, for a program without threads. *current is the number of the one that stopped. */
FRED_API int fred_threads(int *place, int *number, unsigned long long *ident, int max, int *current);

/* Copies up to `max` entries of a thread's shadow stack (by its place; -1: the one that stopped), outermost first, and returns how many there are (at most `max`). */
FRED_API int fred_activations(int thread, int *depth, long long *entry, int *probe, int max);

/* How many bytes the program has written so far to its standard output (1) or standard error (2), in a replica as in the head. */
FRED_API long long fred_written(int stream);
/* The same as memory, for whoever looks from outside: by stream, element 0 unused. */
FRED_API extern int64_t fred_written_bytes[3];

/* Asks the controller for something, in the words of docs/agent-protocol.md, section 2.7: the head stops for it at the next event. 1: it will (replicas say so too, and
 * do nothing); 0: no session drives this process, or too much was asked since the last event. */
FRED_API int fred_ask(const char *request);

/* Gives this process up for an earlier state of the program: stops for good. Returns only without a session, or from a statement of the user's. */
FRED_API void fred_go_back(const char *request);

/* The current tick. */
FRED_API long long fred_tick(void);

/* Test hook: from now on every event appends probe id * 4 + kind (1 call, 2 line, 3 return) to buf, up to n of them; NULL ends it. */
FRED_API void fred_test_trace(long long *buf, long long n);
/* How many events happened since fred_test_trace (may exceed n). */
FRED_API long long fred_test_trace_count(void);

#endif
