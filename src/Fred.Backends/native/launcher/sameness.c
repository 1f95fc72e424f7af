/* The kernel gives each execution of a program 16 random bytes. libc makes the guards of the stack and of pointers of them, long before libfred is there, so that these would lie in the memory of a
 * re-execution with other values than in the recording. So all get the same ones, as they get the same addresses: the program is stopped before its first instruction. */
#include <elf.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

#include "launcher.h"

enum { MAX_AUXILIARY = 64, RANDOM_WORDS = 2 };

static const long constants[RANDOM_WORDS] = {0x6320732764657246, 0x73746e6174736e6f};

bool sameness_begin(pid_t pid) { return ptrace(PTRACE_SEIZE, pid, 0, PTRACE_O_TRACEEXEC) == 0; }

/* Where they are; 0: that is not to be found out. */
static unsigned long random_bytes_of(pid_t pid)
{
    char path[64];
    unsigned long words[MAX_AUXILIARY][2];
    snprintf(path, sizeof path, "/proc/%d/auxv", pid);
    FILE *file = fopen(path, "re");
    size_t count = file != NULL ? fread(words, sizeof *words, MAX_AUXILIARY, file) : 0;
    if (file != NULL) {
        fclose(file);
    }
    for (size_t i = 0; i < count; i++) {
        if (words[i][0] == AT_RANDOM) {
            return words[i][1];
        }
    }
    return 0;
}

/* Waits for the next stop. False: it has ended, which is left for reap(). */
static bool wait_for_stop(pid_t pid, int *status)
{
    siginfo_t info;
    while (waitid(P_PID, (id_t)pid, &info, WEXITED | WSTOPPED | WNOWAIT) < 0) {
        if (errno != EINTR) {
            return false;
        }
    }
    bool ended = info.si_code == CLD_EXITED || info.si_code == CLD_KILLED || info.si_code == CLD_DUMPED;
    return !ended && waitpid(pid, status, 0) == pid && WIFSTOPPED(*status);
}

void sameness_make(pid_t pid)
{
    int status;
    while (wait_for_stop(pid, &status)) {
        int event = status >> 16, signal = WSTOPSIG(status);
        if (event == PTRACE_EVENT_EXEC) {
            unsigned long at = random_bytes_of(pid);
            for (unsigned i = 0; i < RANDOM_WORDS && at != 0; i++) {
                ptrace(PTRACE_POKEDATA, pid, at + i * sizeof(long), constants[i]);
            }
            ptrace(PTRACE_DETACH, pid, 0, 0);
            return;
        }
        ptrace(PTRACE_CONT, pid, 0, event == 0 ? signal : 0);
    }
}
