/* The compiler must not use vector registers here, which are the program's: each operation takes two, and gives them back. */
#include "floating.h"

enum { USUAL_CONTROL = 0x1F80 };

/* What `instructions` make of xmm0 = a and xmm1 = b in xmm0, or of rax = a in either. */
#define OPERATION(name, instructions)                                                                  \
    static uint64_t name(uint64_t a, uint64_t b)                                                       \
    {                                                                                                  \
        uint8_t kept[32];                                                                              \
        uint32_t control, usual = USUAL_CONTROL;                                                       \
        __asm__ volatile("stmxcsr %[control]\n\tldmxcsr %[usual]\n\t"                                  \
                         "movdqu %%xmm0, (%[kept])\n\tmovdqu %%xmm1, 16(%[kept])\n\t"                  \
                         "movq %%rax, %%xmm0\n\tmovq %[b], %%xmm1\n\t" instructions                   \
                         "\n\tmovdqu (%[kept]), %%xmm0\n\tmovdqu 16(%[kept]), %%xmm1\n\tldmxcsr %[control]" \
                         : "+a"(a), [control] "=m"(control)                                            \
                         : [b] "r"(b), [kept] "r"(kept), [usual] "m"(usual)                            \
                         : "memory");                                                                  \
        return a;                                                                                      \
    }

#define WITH_BOTH(instruction) instruction " %%xmm1, %%xmm0\n\tmovq %%xmm0, %%rax"

OPERATION(add, WITH_BOTH("addsd"))
OPERATION(subtract, WITH_BOTH("subsd"))
OPERATION(multiply, WITH_BOTH("mulsd"))
OPERATION(divide, WITH_BOTH("divsd"))
OPERATION(equal, WITH_BOTH("cmpeqsd"))
OPERATION(less, WITH_BOTH("cmpltsd"))
OPERATION(less_or_equal, WITH_BOTH("cmplesd"))
OPERATION(from_integer, "cvtsi2sdq %%rax, %%xmm0\n\tmovq %%xmm0, %%rax")
OPERATION(to_integer, "cvttsd2siq %%xmm0, %%rax")
OPERATION(widen, "cvtss2sd %%xmm0, %%xmm0\n\tmovq %%xmm0, %%rax")
OPERATION(narrow, "cvtsd2ss %%xmm0, %%xmm0\n\tmovd %%xmm0, %%eax")

uint64_t floating_add(uint64_t a, uint64_t b) { return add(a, b); }
uint64_t floating_subtract(uint64_t a, uint64_t b) { return subtract(a, b); }
uint64_t floating_multiply(uint64_t a, uint64_t b) { return multiply(a, b); }
uint64_t floating_divide(uint64_t a, uint64_t b) { return divide(a, b); }
bool floating_equal(uint64_t a, uint64_t b) { return equal(a, b) != 0; }
bool floating_less(uint64_t a, uint64_t b) { return less(a, b) != 0; }
bool floating_less_or_equal(uint64_t a, uint64_t b) { return less_or_equal(a, b) != 0; }
uint64_t floating_from_integer(uint64_t value) { return from_integer(value, 0); }
uint64_t floating_to_integer(uint64_t value) { return to_integer(value, 0); }
uint64_t floating_widen(uint64_t value) { return widen(value, 0); }
uint64_t floating_narrow(uint64_t value) { return narrow(value, 0); }

void floating_set_argument(unsigned number, uint64_t value)
{
    switch (number) {
    case 0: __asm__ volatile("movq %0, %%xmm0" : : "r"(value)); break;
    case 1: __asm__ volatile("movq %0, %%xmm1" : : "r"(value)); break;
    case 2: __asm__ volatile("movq %0, %%xmm2" : : "r"(value)); break;
    case 3: __asm__ volatile("movq %0, %%xmm3" : : "r"(value)); break;
    case 4: __asm__ volatile("movq %0, %%xmm4" : : "r"(value)); break;
    case 5: __asm__ volatile("movq %0, %%xmm5" : : "r"(value)); break;
    default: break;
    }
}

uint64_t floating_result(void)
{
    uint64_t value;
    __asm__ volatile("movq %%xmm0, %0" : "=r"(value));
    return value;
}
