/* Signals for one thread (pthread_kill): the kernel knows only one of them, so they are kept here. */
#ifndef FRED_DIRECTED_H
#define FRED_DIRECTED_H

#include "contexts.h"

/* tgkill and tkill in a program with threads; false: not at one of its threads. */
bool directed_call(const struct call *call, int64_t *result);
/* BIT(signal) of those that wait for the thread. */
uint64_t directed_to(const struct thread *thread);
/* What one of them, for the running thread, brings along. */
const uint8_t *directed_info(int signal);
/* It has been delivered. */
void directed_done(int signal);
/* sigtimedwait gets one of those it waits for. */
bool directed_take(const struct call *call, int64_t *result);
/* The thread has ended; in a child of the program's, where nothing waits. */
void directed_forget(const struct thread *thread);
void directed_forget_all(void);
/* The threads are the kernel's from now on: it gets those that wait. */
void directed_send_to_kernel(void);

#endif
