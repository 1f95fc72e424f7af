/* Whose turn it is. One thread runs; another follows where it waits, ends, or has had its time. Each change is a record of the log, and takes one tick. */
#ifndef FRED_TURNS_H
#define FRED_TURNS_H

#include "contexts.h"
#include "log.h"

/* Chance decides who is next and how long a turn is; else first come first served. */
void turns_choose_by(uint64_t seed);

/* The tick at which the running thread's turn is over; UINT64_MAX: never, or not ours to say. */
uint64_t turns_end(void);
/* It is over. */
void turns_over(void);
/* The replica has come to a change in the log. */
void turns_follow(void);

/* What is different about system calls when there are several threads. False: nothing about this one. *moved: another thread is running, at the end of its own call;
 * nothing is to be returned to anybody. */
bool turns_call(struct call *call, int64_t *result, bool *moved);
/* The end of the running thread. False: it is the last one. */
bool turns_exit(const struct call *call);
/* clone of a thread. */
int64_t turns_clone(const struct call *call);

/* A replica became a head. */
void turns_become_live(void);

#endif
