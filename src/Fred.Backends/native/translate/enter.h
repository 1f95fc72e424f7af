/* The border between the program and libfred (enter.S). */
#ifndef FRED_ENTER_H
#define FRED_ENTER_H

/* Translated code jumps here through context.exit, with its exit record in rax and the program's rax in the context. */
extern char enter_exit[];
/* Target of table entries that have no block: rcx is the target, edx its index in the table, the program's rcx and rdx in the context. */
extern char enter_miss[];
/* A block found that it is not the target: rcx + (-pc) in rcx, -pc in rdx. */
extern char enter_not_me[];
/* A signal handler returns here, with the program's registers in the context already: the dispatcher takes over. */
extern char enter_after_signal[];
/* The same with the vectors in the context, too. */
extern char enter_again[];

/* Executes the program's next instruction where it is, with all its registers: by the trap here, whose handler puts them in place (step.c). */
extern char enter_step[], enter_step_trap[];

/* Between these the dispatcher has decided, and the program has not yet begun. */
extern char enter_resume[], enter_resume_end[];

/* Target of a patched system call of a native head: rcx is the address behind it. And the same in a child of the program's, which makes the call itself: at r11. */
extern char enter_call[], enter_call_directly[];

/* Returns as translated code: from here on the caller and everything after it is translated. */
void enter_translation(void);

#endif
