/* System calls that never reach a libc wrapper: libfred's own text is the only code of the process that may execute `syscall`
 * without being intercepted, and errno must not change behind the program's back. Results are the kernel's (negative errno). */
#ifndef FRED_RAW_H
#define FRED_RAW_H

#include <stdint.h>
#include <sys/syscall.h>

int64_t fred_raw(int64_t nr, int64_t a0, int64_t a1, int64_t a2, int64_t a3, int64_t a4, int64_t a5);

/* The one `syscall` instruction of fred_raw and the one after it. A signal that arrives before it must make the call fail with
 * EINTR, or a pause request that came just too early would be lost (see signals.c). */
extern char fred_raw_instruction[], fred_raw_after[];

/* sa_restorer for handlers installed without libc. */
void fred_restorer(void);

/* clone(2) whose child starts on `stack`, reloads the registers stored by the caller at stack - 256 (struct child_registers,
 * children.c) and jumps to where the program called clone. Returns in the parent only. */
int64_t fred_clone_on_stack(int64_t flags, int64_t stack, int64_t ptid, int64_t ctid, int64_t tls);

#define RAW_PADDED(nr, a, b, c, d, e, f, ...) \
    fred_raw(nr, (int64_t)(a), (int64_t)(b), (int64_t)(c), (int64_t)(d), (int64_t)(e), (int64_t)(f))
#define RAW(...) RAW_PADDED(__VA_ARGS__, 0, 0, 0, 0, 0, 0, 0)

#endif
