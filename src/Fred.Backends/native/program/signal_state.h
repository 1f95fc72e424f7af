/* What the parts that handle signals share. Nobody else includes this. */
#ifndef FRED_SIGNAL_STATE_H
#define FRED_SIGNAL_STATE_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <ucontext.h>

#include "frame.h"
#include "session.h"

enum { SIGNALS = 65, SA_RESTORER_FLAG = 0x04000000 };
#define BIT(signal) ((uint64_t)1 << ((signal) - 1))
#define FAULTS (BIT(SIGSEGV) | BIT(SIGBUS) | BIT(SIGFPE) | BIT(SIGILL) | BIT(SIGTRAP))

/* The kernel's struct sigaction, which is not libc's. */
struct action {
    void *handler;
    uint64_t flags;
    void *restorer;
    uint64_t mask;
};

struct signal_state {
    struct action program[SIGNALS]; /* as the program set them */
    uint64_t mask;                  /* the program's */
    stack_t alternate;              /* the program's */
    bool suspended;                 /* rt_sigsuspend: `suspended_mask` is to be put back */
    uint64_t suspended_mask;
    volatile uint64_t queued;       /* BIT(signal): waits to be delivered */
    uint8_t queued_info[SIGNALS][SIGNAL_INFO_BYTES];
    volatile bool ignored;          /* a blocking call was interrupted for nothing */
    struct {
        int signal; /* 0: none */
        uint8_t info[SIGNAL_INFO_BYTES];
        struct fault_details details;
    } fault;
};

extern struct signal_state signals;

static inline bool has_handler(int signal) { return signals.program[signal].handler != SIG_DFL && signals.program[signal].handler != SIG_IGN; }

static inline bool is_harmless(int signal)
{
    return signal == SIGCHLD || signal == SIGURG || signal == SIGWINCH || signal == SIGCONT || signal == SIGTSTP || signal == SIGTTIN || signal == SIGTTOU;
}

static inline bool is_ours(int signal) { return signal == SIGSYS || signal == SIGSTKFLT || signal == SIGKILL || signal == SIGSTOP; }

static inline bool is_live(void) { return session.mode == MODE_RECORD; }

/* handlers.c: makes the kernel's disposition fit the program's; its mask, as far as it may; and the default disposition. */
void signals_install(int signal);
void signals_set_kernel_mask(uint64_t wanted);
void signals_set_default(int signal);
/* In a child of the program's, which runs native: what the program wants done. */
void signals_run_directly(int signal, siginfo_t *info, void *context);
void signals_on_asynchronous(int signal, siginfo_t *info, void *context);

/* faults.c */
void signals_on_fault(int signal, siginfo_t *info, void *context);

/* masks.c */
void signals_set_mask(uint64_t wanted);

#endif
