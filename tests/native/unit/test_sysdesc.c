#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#include "check.h"
#include "sysdesc.h"

static struct { const void *address; int64_t length; } seen[16];
static int seen_count;

static void note(const void *address, int64_t length)
{
    seen[seen_count].address = address;
    seen[seen_count++].length = length;
}

static int outputs(int64_t nr, const int64_t arguments[6], int64_t result)
{
    seen_count = 0;
    sysdesc_outputs(sysdesc_find(nr), arguments, result, note);
    return seen_count;
}

static uint64_t hash(int64_t nr, const int64_t arguments[6]) { return sysdesc_hash_inputs(sysdesc_find(nr), arguments); }

static void knows_what_the_kernel_wrote(void)
{
    char buffer[100];
    int64_t read[6] = {3, (int64_t)buffer, 100};
    CHECK(outputs(SYS_read, read, 42) == 1 && seen[0].address == buffer && seen[0].length == 42);
    CHECK(outputs(SYS_read, read, -5) == 0);
    int64_t sleep[6] = {(int64_t)buffer, (int64_t)buffer};
    CHECK(outputs(SYS_nanosleep, sleep, -4) == 1 && seen[0].length == 16);
    struct iovec vector[2] = {{buffer, 10}, {buffer + 50, 50}};
    int64_t readv[6] = {3, (int64_t)vector, 2};
    CHECK(outputs(SYS_readv, readv, 25) == 2 && seen[0].length == 10 && seen[1].length == 15);
    int64_t wait[6] = {-1, 0, 0, 0};
    CHECK(outputs(SYS_wait4, wait, 7) == 0);
    int64_t select[6] = {65, (int64_t)buffer, 0, 0, 0};
    CHECK(outputs(SYS_select, select, 1) == 1 && seen[0].length == 16);
    uint32_t length = 16;
    int64_t accept[6] = {3, (int64_t)buffer, (int64_t)&length};
    CHECK(outputs(SYS_accept, accept, 4) == 2 && seen[1].length == 16);
}

static void compares_what_the_program_gave(void)
{
    char text[] = "hello, world: more than one word";
    int64_t write[6] = {1, (int64_t)text, 20}, other[6] = {2, (int64_t)text, 20}, longer[6] = {1, (int64_t)text, 21};
    CHECK(hash(SYS_write, write) != 0);
    CHECK(hash(SYS_write, write) == hash(SYS_write, write));
    CHECK(hash(SYS_write, write) != hash(SYS_write, other));
    CHECK(hash(SYS_write, write) != hash(SYS_write, longer));
    uint64_t before = hash(SYS_write, write);
    text[19] = 'X';
    CHECK(hash(SYS_write, write) != before);
    int64_t none[6] = {0};
    CHECK(hash(SYS_getpid, none) == 0);
}

static void ignores_the_padding_of_addresses(void)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = 80}, b = a;
    memset(b.sin_zero, 7, sizeof b.sin_zero);
    int64_t first[6] = {3, (int64_t)&a, sizeof a}, second[6] = {3, (int64_t)&b, sizeof b};
    CHECK(hash(SYS_connect, first) == hash(SYS_connect, second));
    b.sin_port = 81;
    CHECK(hash(SYS_connect, first) != hash(SYS_connect, second));
}

static void names_everything(void)
{
    CHECK_TEXT("write", sysdesc_name(SYS_write));
    CHECK_TEXT("a signal", sysdesc_name(1001));
    CHECK_TEXT("an unknown system call", sysdesc_name(9999));
    CHECK(sysdesc_find(-1)->name == NULL);
    for (int nr = 0; nr < MAX_SYSCALL; nr++) {
        const struct syscall_description *description = sysdesc_find(nr);
        for (int i = 0; i < MAX_OUTPUTS; i++) {
            CHECK(description->outputs[i].argument < 6 && description->outputs[i].other < 6);
        }
    }
}

int main(void)
{
    knows_what_the_kernel_wrote();
    compares_what_the_program_gave();
    ignores_the_padding_of_addresses();
    names_everything();
    return failures;
}
