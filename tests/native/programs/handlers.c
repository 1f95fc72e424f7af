/* Signal handlers in all their forms. */
#define _GNU_SOURCE
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

volatile int raised, ticks, faults, nested;
static sigjmp_buf place;
static char stack[65536];

static void on_raise(int signal)
{
    raised++;
    if (signal == SIGUSR1) {
        raise(SIGUSR2); /* not blocked: nests */
    } else {
        nested++;
    }
}

static void on_tick(int signal)
{
    (void)signal;
    ticks++;
}

static void on_fault(int signal, siginfo_t *info, void *context)
{
    (void)signal, (void)context;
    char here;
    faults += info->si_addr == (void *)16 && &here > stack && &here < stack + sizeof stack;
    siglongjmp(place, 1);
}

static void on_division(int signal, siginfo_t *info, void *context)
{
    ucontext_t *user = context;
    (void)signal, (void)info;
    faults++;
    user->uc_mcontext.gregs[REG_RIP] += 2; /* over `idiv %ecx` */
}

static int divide(int a, int b)
{
    int result = a;
    __asm__ volatile("cltd; idivl %%ecx" : "+a"(result) : "c"(b) : "edx", "cc");
    return result;
}

static double spin(void)
{
    double x = 1;
    for (int i = 0; ticks < 5; i++) {
        x = x * 1.0000001 + i % 3;
        if (x > 1e9) {
            x = 1;
        }
    }
    return x;
}

int main(void)
{
    stack_t alternate = {.ss_sp = stack, .ss_size = sizeof stack};
    struct sigaction action = {.sa_handler = on_raise};
    sigaltstack(&alternate, NULL);
    sigaction(SIGUSR1, &action, NULL);
    sigaction(SIGUSR2, &action, NULL);
    for (int i = 0; i < 3; i++) {
        raise(SIGUSR1);
    }
    action = (struct sigaction){.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO | SA_ONSTACK};
    sigaction(SIGSEGV, &action, NULL);
    for (int i = 0; i < 3; i++) {
        if (sigsetjmp(place, 1) == 0) {
            *(volatile int *)16 = 1;
        }
    }
    action = (struct sigaction){.sa_sigaction = on_division, .sa_flags = SA_SIGINFO};
    sigaction(SIGFPE, &action, NULL);
    int quotient = divide(7, 0) + divide(8, 2);
    action = (struct sigaction){.sa_handler = on_tick};
    sigaction(SIGALRM, &action, NULL);
    struct itimerval every = {{0, 3000}, {0, 3000}};
    setitimer(ITIMER_REAL, &every, NULL);
    double x = spin();
    memset(&every, 0, sizeof every);
    setitimer(ITIMER_REAL, &every, NULL);
    sigset_t blocked, before, none;
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGUSR1);
    sigprocmask(SIG_BLOCK, &blocked, &before);
    raise(SIGUSR1);
    int not_yet = raised;
    sigemptyset(&none);
    sigsuspend(&none);
    printf("%d %d %d %d %d %d %d\n", raised, nested, faults, quotient, not_yet, ticks >= 5, x > 0);
    return 0;
}
