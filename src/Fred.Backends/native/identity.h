/* The numbers of the program's process and threads. A second future is another process than the one that was recorded, but to the program it is the same: it goes on under the numbers that the program knows. */
#ifndef FRED_IDENTITY_H
#define FRED_IDENTITY_H

#include <stdbool.h>
#include <stdint.h>
#include "intercept.h"

/* A session begins in this process, which is a head or is not. */
void identity_begin(bool head);
/* The kernel's numbers are taken from now on: somebody else sees to it (DMTCP). */
void identity_of_kernel(void);
/* A head with a new log. */
void identity_become_live(void);
/* A replica has found the call's answer in the log. */
void identity_learn(int64_t nr, int64_t result);
/* This process is a child of the one the program was so far, or a replica of that; the program knows it as `known` (0: by the kernel's number). */
void identity_follow(int known);

/* What the program knows this process as. */
int64_t identity_pid(void);
/* Whether this is the number of the program's process, or the one its libc noted when it started: that of its first thread. */
bool identity_is_first(int64_t id);
/* getpid and the like. True: *result is the answer. */
bool identity_answer(const struct call *call, int64_t *result);
/* What the program means by the numbers in a call's arguments, in the kernel's terms. */
void identity_translate(int64_t nr, int64_t arguments[6]);

/* In a process that the program has started, and which is not recorded: what it is to call the program, and what it means by a number. */
void identity_leave(void);
int64_t identity_parent(int64_t real);
int64_t identity_meant(int64_t id);

#endif
