/* Waits for a signal, for ever, in a system call whose address is known. */
#include <sys/syscall.h>

int main(void)
{
    long result;
    __asm__ volatile(".globl wait_here\nwait_here: syscall" : "=a"(result) : "a"(SYS_pause) : "rcx", "r11", "memory");
    return (int)result;
}
