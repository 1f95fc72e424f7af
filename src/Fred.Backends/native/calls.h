/* The parts that answer intercepted calls. Each `..._call` returns true when the call was its own and *result is the answer. */
#ifndef FRED_CALLS_H
#define FRED_CALLS_H

#include <stdbool.h>
#include <stdint.h>
#include "intercept.h"
#include "raw.h"

/* mmap and family: performed in replicas too, at the recorded addresses (memory.c). */
bool memory_call(struct call *call, int64_t *result);
/* A map or remap of a lenient replica on its own account: where no address of the recording is. What is anywhere else could be mapped over
 * later, since a replay maps the program's files at their recorded addresses. */
int64_t memory_map_apart(int64_t nr, const int64_t *arguments);
/* Gives this process private copies of the program's shared mappings; called in a fork before its parent runs on. */
void memory_make_private(void);
/* True for an address in one of the program's shared mappings, or if that is not known. */
bool memory_is_shared(const void *address);
/* True if the program has ever had one that other processes may write to, in replicas too. */
bool memory_ever_shared(void);
/* True if there are shared mappings to copy. */
bool memory_has_shared(void);

/* fork, vfork, clone: the program's children run native (children.c). */
bool children_call(struct call *call, int64_t *result);
/* True in a child that shares this process's memory until it execs. */
bool children_borrow_memory(void);
/* This process goes on as if there were no Fred. */
void process_leave(void);
/* What of that is different in the kinds of programs. */
void process_unhook(void);
/* A child of the program's that was made just now is recorded: it has the thread that forked, which has the id `tid` there (0: not known). */
void process_join(int tid);
/* A replica has come to where that was. */
void process_follow(int tid);
/* A copy of a recorded child that ends, for the controller to look at. */
void process_stay(void);
/* What a child, or a thread, begins with where the program called clone. */
struct child_registers children_registers(const struct call *call);

/* Calls that end or change the process itself: exit, exec (process.c). */
bool process_call(struct call *call, int64_t *result);

/* Everything else, by the descriptor table (generic.c). */
int64_t generic_call(struct call *call);
/* A head has performed the call otherwise; `hash` is over what the program gave, before. Returns the result. */
int64_t generic_record(const struct call *call, uint64_t hash, int64_t result);

/* True while libfred itself reads the clock through libc (time.c). */
bool time_is_reading(void);
/* Nanoseconds, CLOCK_MONOTONIC, for libfred's own use; cheaper than a system call. */
int64_t time_now(void);

#endif
