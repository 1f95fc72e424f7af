/* What is special about the machine: vector instructions, rep strings, x87, alloca, setjmp, dlopen, jump tables, flags across jumps, bit instructions. */
#include <alloca.h>
#include <dlfcn.h>
#include <immintrin.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

__attribute__((target("avx2"))) static long long add_avx(const int *a, const int *b)
{
    __m256i sum = _mm256_setzero_si256();
    for (int i = 0; i < 64; i += 8) {
        sum = _mm256_add_epi32(sum, _mm256_mullo_epi32(_mm256_loadu_si256((const void *)(a + i)), _mm256_loadu_si256((const void *)(b + i))));
    }
    int lanes[8];
    _mm256_storeu_si256((void *)lanes, sum);
    long long result = 0;
    for (int i = 0; i < 8; i++) {
        result += lanes[i];
    }
    return result;
}

static long rep_strings(void)
{
    char from[300], to[300];
    memset(from, 7, sizeof from);
    from[200] = 9;
    void *source = from, *target = to;
    long count = sizeof from;
    __asm__ volatile("rep movsb" : "+S"(source), "+D"(target), "+c"(count) : : "memory");
    target = to;
    count = sizeof to;
    __asm__ volatile("repne scasb" : "+D"(target), "+c"(count) : "a"(9) : "memory", "cc");
    return (char *)target - to;
}

static long carry_chain(void)
{
    unsigned long low = ~0ul, high = 5, taken = 0;
    __asm__ volatile("add $1, %0\n\tjmp 1f\n1:\tadc $0, %1\n\tsetc %b2\n\tjrcxz 2f\n\tinc %2\n2:" : "+r"(low), "+r"(high), "+q"(taken) : "c"(1) : "cc");
    return (long)(low + high * 10 + taken);
}

static int loops(void)
{
    int total = 0;
    long count = 10;
    __asm__ volatile("1: add %%ecx, %0\n\tloop 1b" : "+r"(total), "+c"(count) : : "cc");
    return total;
}

static int frames(int n)
{
    char *area = alloca((size_t)n * 16 + 1);
    memset(area, n, (size_t)n * 16 + 1);
    return area[n] + (n > 0 ? frames(n - 1) : 0);
}

static jmp_buf place;
static void jump(int n)
{
    if (n == 0) {
        longjmp(place, 42);
    }
    jump(n - 1);
}

static long double x87(void)
{
    long double x = 1;
    for (int i = 1; i < 30; i++) {
        x = x * i / (i + 0.5L);
    }
    return x;
}

int main(void)
{
    int a[64], b[64];
    for (int i = 0; i < 64; i++) {
        a[i] = i;
        b[i] = 64 - i;
    }
    long long vectors = __builtin_cpu_supports("avx2") ? add_avx(a, b) : 0;
    int jumped = setjmp(place);
    if (jumped == 0) {
        jump(20);
    }
    double (*cosine)(double) = NULL;
    void *library = dlopen("libm.so.6", RTLD_NOW);
    if (library != NULL) {
        *(void **)&cosine = dlsym(library, "cos");
    }
    printf("%d %ld %ld %d %d %d %.12Lf %.9f %d\n", vectors > 0, rep_strings(), carry_chain(), loops(), frames(30), jumped, x87(), cosine != NULL ? cosine(1) : 0.0,
           __builtin_popcount(0xF0F0));
    if (library != NULL) {
        dlclose(library);
    }
    return 0;
}
