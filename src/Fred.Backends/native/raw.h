/* System calls that never reach a libc wrapper: libfred's own text is the only code of the process that may execute `syscall`
 * without being intercepted, and errno must not change behind the program's back. Results are the kernel's (negative errno). */
#ifndef FRED_RAW_H
#define FRED_RAW_H

#include <stdint.h>
#include <sys/syscall.h>

int64_t fred_raw(int64_t nr, int64_t a0, int64_t a1, int64_t a2, int64_t a3, int64_t a4, int64_t a5);

/* What no system call returns to a program: it was not made. */
#define RAW_NOT_BEGUN (-512)

/* The call whose number and arguments are at `call`, unless a signal has come since fred_interruptions was `seen`, however late: for calls that may wait. */
int64_t fred_raw_unless(const int64_t *call, uint64_t seen);
extern char fred_raw_unless_check[], fred_raw_unless_instruction[], fred_raw_unless_after[];
extern volatile uint64_t fred_interruptions;

/* sa_restorer for handlers installed without libc. */
void fred_restorer(void);

/* clone(2) whose child starts on `stack`, reloads the registers stored by the caller at stack - 256 (children_registers)
 * children.c) and jumps to where the program called clone. Returns in the parent only. */
int64_t fred_clone_on_stack(int64_t flags, int64_t stack, int64_t ptid, int64_t ctid, int64_t tls);

/* Makes a copy of this process that is not its child: that of a process in between, which has ended when this returns. 0 in the copy; else the id of the process in
 * between, still to be waited for with __WALL, with the copy's or -errno in *made; or -errno. *between has that id in the copy. All signals must be blocked. */
int64_t fred_fork_away(volatile int *between, volatile int64_t *made);

/* Registers that a call preserves. */
struct saved_context {
    uint64_t rbx, rbp, r12, r13, r14, r15, rsp, rip;
};

/* setjmp and longjmp, but for a stack that another thread goes on with: 0 when it saves, 1 when it is resumed. The caller must not have returned. */
int fred_save(struct saved_context *context) __attribute__((returns_twice));
void fred_resume(const struct saved_context *context) __attribute__((noreturn));

/* clone(2) of a thread that calls begin(argument) on `stack`. Returns in the parent only: its id or -errno. */
int64_t fred_clone_thread(int64_t flags, int64_t stack, int64_t tls, void (*begin)(int64_t), int64_t argument);

/* All registers of a child whose clone returns 0 (children_registers). */
struct child_registers {
    uint64_t rbx, rbp, rdi, rsi, rdx, r8, r9, r10, r12, r13, r14, r15, rip;
};

/* Goes to where the program called clone, as its new thread on `stack`. */
void fred_enter_program(const struct child_registers *registers, int64_t stack) __attribute__((noreturn));

/* Ends the thread: sets `bits` in *go and wakes who waits there (nothing for NULL), opens *lock, leaves. `stay`: waits for ever instead (the process's first thread,
 * whose end would make a zombie of the process). All signals must be blocked. */
void fred_thread_leave(volatile uint32_t *go, uint32_t bits, volatile uint32_t *lock, int stay) __attribute__((noreturn));

#define RAW_PADDED(nr, a, b, c, d, e, f, ...) \
    fred_raw(nr, (int64_t)(a), (int64_t)(b), (int64_t)(c), (int64_t)(d), (int64_t)(e), (int64_t)(f))
#define RAW(...) RAW_PADDED(__VA_ARGS__, 0, 0, 0, 0, 0, 0, 0)

#endif
