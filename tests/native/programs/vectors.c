/* Vector registers hold what they held, over system calls of every kind. */
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { WIDTH = 64, REGISTERS = 32, BYTES = WIDTH * REGISTERS };

#define ALL_OF_AVX "0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15"
#define ALL_OF_AVX512 ALL_OF_AVX ",16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31"
#define LOAD(numbers, move, name) ".irp n," numbers "\n" move " 64*\\n(%[from]), %%" name "\\n\n.endr\n"
#define STORE(numbers, move, name) ".irp n," numbers "\n" move " %%" name "\\n, 64*\\n(%[to])\n.endr\n"
/* libc's syscall() only moves its arguments: its system call is one of those that are replaced. */
#define BY_LIBC "sub $128, %%rsp\ncall *%[call]\nadd $128, %%rsp\n"
#define BY_ITSELF "mov %%rdi, %%rax\nmov %%rsi, %%rdi\nmov %%rdx, %%rsi\nmov %%rcx, %%rdx\nsyscall\n"
#define ROUND_TRIP(before, way, after)                                                                                                                       \
    __asm__ volatile(before way after : "=a"(result), "+D"(number), "+S"(a), "+d"(b), "+c"(c) : [from] "b"(from), [to] "r"(to), [call] "r"(call)             \
                     : "r8", "r9", "r10", "r11", "memory", "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10", "xmm11", \
                       "xmm12", "xmm13", "xmm14", "xmm15")

static int avx512, handled;

static long round_trip(int by_libc, long number, long a, long b, long c, const void *from, void *to)
{
    long result;
    register void *call __asm__("r12") = (void *)syscall;
    if (avx512 && by_libc) {
        ROUND_TRIP(LOAD(ALL_OF_AVX512, "vmovdqu64", "zmm"), BY_LIBC, STORE(ALL_OF_AVX512, "vmovdqu64", "zmm"));
    } else if (avx512) {
        ROUND_TRIP(LOAD(ALL_OF_AVX512, "vmovdqu64", "zmm"), BY_ITSELF, STORE(ALL_OF_AVX512, "vmovdqu64", "zmm"));
    } else if (by_libc) {
        ROUND_TRIP(LOAD(ALL_OF_AVX, "vmovdqu", "ymm"), BY_LIBC, STORE(ALL_OF_AVX, "vmovdqu", "ymm"));
    } else {
        ROUND_TRIP(LOAD(ALL_OF_AVX, "vmovdqu", "ymm"), BY_ITSELF, STORE(ALL_OF_AVX, "vmovdqu", "ymm"));
    }
    return result;
}

static void on_signal(int signal)
{
    (void)signal;
    handled++;
    __asm__ volatile("vzeroall" ::: "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10", "xmm11", "xmm12", "xmm13", "xmm14", "xmm15");
}

static int wrong(const unsigned char *from, const unsigned char *to)
{
    int count = 0, width = avx512 ? 64 : 32, registers = avx512 ? 32 : 16;
    for (int i = 0; i < registers; i++) {
        count += memcmp(from + i * WIDTH, to + i * WIDTH, (size_t)width) != 0;
    }
    return count;
}

int main(void)
{
    static unsigned char from[BYTES], to[BYTES];
    static char text[4096];
    int ends[2], faults = 0, changed = 0;
    avx512 = __builtin_cpu_supports("avx512f");
    if (!avx512 && !__builtin_cpu_supports("avx2") || pipe(ends) != 0) {
        return 2;
    }
    signal(SIGUSR1, on_signal);
    srand(1);
    for (int round = 0; round < 200; round++) {
        for (int i = 0; i < BYTES; i++) {
            from[i] = (unsigned char)rand();
        }
        long calls[][4] = {
            {SYS_getppid, 0, 0, 0},
            {SYS_write, ends[1], (long)text, 1 + round * 10},
            {SYS_read, ends[0], (long)text, sizeof text},
            {SYS_write, ends[1], 16, 8}, /* leads nowhere */
            {SYS_read, -1, (long)text, 1},
            {SYS_kill, getpid(), SIGUSR1, 0},
            {SYS_fork, 0, 0, 0},
        };
        for (unsigned i = 0; i < sizeof calls / sizeof *calls; i++) {
            const long *call = calls[i];
            if (call[0] == SYS_fork && round % 50 != 0) {
                continue;
            }
            memset(to, 0, sizeof to);
            long result = round_trip(round % 2, call[0], call[1], call[2], call[3], from, to);
            faults += result == -14 || (result == -1 && i == 3);
            changed += wrong(from, to);
            if (call[0] == SYS_fork) {
                int status = 0;
                if (result == 0) {
                    _exit(wrong(from, to));
                }
                waitpid((pid_t)result, &status, 0);
                changed += status;
            }
        }
    }
    printf("%d faults, %d signals, %d changed\n", faults, handled, changed);
    return changed != 0;
}
