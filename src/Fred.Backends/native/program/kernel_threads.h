/* Threads of the kernel for the program's, where the process is going to go on without us (`--follow child:N`). */
#ifndef FRED_KERNEL_THREADS_H
#define FRED_KERNEL_THREADS_H

#include <stdbool.h>
#include <stdint.h>

/* One for the program's thread at this place: it sleeps until the process is let go. Its id, or -errno. */
int64_t kernel_threads_make(int place);
/* The program's thread at this place has ended. */
void kernel_threads_end(int place);
/* True if this process has any. */
bool kernel_threads_exist(void);
/* Why the process could not go on without us; NULL: it could. */
const char *kernel_threads_refusal(void);
/* Each of the program's threads goes on by itself from where it stands, the running one too. */
__attribute__((noreturn)) void kernel_threads_release(void);

#endif
