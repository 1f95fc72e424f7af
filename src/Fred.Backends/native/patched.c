/* The signal is most of what an intercepted call costs, and a few places make nearly all calls (starting a thread is a dozen of them). What is replaced is only `mov eax, number`: the system
 * call behind it stays, so a thread that waits there, or jumps there, notices nothing (but for the last one of a thread). Each place has a slot in libfred's text, from where it may make the call itself: the
 * program's own children do, which are not recorded.
 *
 * The jump may be made at different moments in a head and its replicas, as it changes nothing that the program sees. */
#include "patched.h"

#include <cpuid.h>
#include <gnu/libc-version.h>
#include <link.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>

#include "calls.h"
#include "decoder.h"
#include "intercept.h"
#include "raw.h"
#include "session.h"
#include "signals.h"
#include "sites.h"
#include "snapshot.h"
#include "thread_signals.h"
#include "threads.h"

enum { PLACES = 512, PROBES = 8, OFTEN = 100, PAGE = 4096, RED_ZONE = 128, XSAVE_LEAF = 0xD, XSAVEC_AND_XGETBV = 6 };

/* What a slot has behind the instructions that lead to the call. */
struct slot_code {
    uint8_t lower[5];    /* lea rsp, [rsp - 128] */
    uint8_t call;
    int32_t to_entry;
    uint8_t raise[8];    /* lea rsp, [rsp + 128] */
    uint8_t unless[2];   /* jrcxz over the next */
    uint8_t syscall[SYSCALL_BYTES];
    uint8_t jump;
    int32_t to_back;
} __attribute__((packed));

/* As slots.S has pushed them. */
struct patched_registers {
    int64_t rax, rdx, rbx, rbp, rsi, rdi, r8, r9, r10, r12, r13, r14, r15;
    const uint8_t *slot; /* behind its call */
};

extern uint8_t patched_slots[PAGE];
extern const char patched_entry[];

static struct { uintptr_t start, end; } libc_text;
static struct { uintptr_t behind; unsigned count; } places[PLACES];
static size_t slots_used; /* bytes */

/* ---- where ---- */

static int find_libc(struct dl_phdr_info *info, size_t size, void *unused)
{
    (void)size, (void)unused;
    uintptr_t wanted = (uintptr_t)&gnu_get_libc_version;
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *header = &info->dlpi_phdr[i];
        uintptr_t start = info->dlpi_addr + header->p_vaddr;
        if (header->p_type == PT_LOAD && (header->p_flags & PF_X) && wanted >= start && wanted < start + header->p_memsz) {
            libc_text.start = start;
            libc_text.end = start + header->p_memsz;
            return 1;
        }
    }
    return 0;
}

static bool can_save_vectors(void)
{
    unsigned a, b, c, d;
    return __get_cpuid_count(XSAVE_LEAF, 1, &a, &b, &c, &d) && (a & XSAVEC_AND_XGETBV) == XSAVEC_AND_XGETBV;
}

void patched_init(void)
{
    if (can_save_vectors()) {
        dl_iterate_phdr(find_libc, NULL);
    }
}

/* ---- making the jump ---- */

static bool distance(uintptr_t from, uintptr_t to, int32_t *result)
{
    int64_t wide = (int64_t)(to - from);
    *result = (int32_t)wide;
    return wide == *result;
}

static bool write_text(uintptr_t at, const void *bytes, size_t size)
{
    uintptr_t first = at & ~(uintptr_t)(PAGE - 1), length = (at + size + PAGE - 1 - first) & ~(uintptr_t)(PAGE - 1);
    if (RAW(SYS_mprotect, first, length, PROT_READ | PROT_WRITE | PROT_EXEC) < 0) {
        return false;
    }
    memcpy((void *)at, bytes, size);
    RAW(SYS_mprotect, first, length, PROT_READ | PROT_EXEC);
    return true;
}

/* The instructions as they have to be in the slot. */
static bool move_lead(const uint8_t *from, uint8_t *to, const uint8_t *slot, size_t length)
{
    struct instruction i;
    memcpy(to, from, length);
    for (size_t at = 0; at < length; at += i.length) {
        int32_t relative;
        if (!decode(from + at, length - at, &i)) {
            return false;
        }
        if (i.rip_at != 0) {
            memcpy(&relative, from + at + i.rip_at, sizeof relative);
            if (!distance((uintptr_t)slot, (uintptr_t)from + (uintptr_t)(intptr_t)relative, &relative)) {
                return false;
            }
            memcpy(to + at + i.rip_at, &relative, sizeof relative);
        }
    }
    return true;
}

/* The end of a thread in libc: xor edi, edi; mov eax, edx; syscall; and back by a jump, for nothing. Nobody is in the middle of it or comes back to it, so the jump may reach into the system call. */
static size_t last_lead(uintptr_t behind)
{
    static const uint8_t end[] = {0x31, 0xFF, 0x89, 0xD0, 0x0F, 0x05, 0xEB, 0xF8};
    enum { BEFORE = 4 };
    uintptr_t begin = behind - SYSCALL_BYTES - BEFORE;
    return begin >= libc_text.start && begin + sizeof end <= libc_text.end && memcmp((const void *)begin, end, sizeof end) == 0 ? BEFORE : 0;
}

static void patch(uintptr_t behind)
{
    struct {
        uint8_t lead[MAX_LEAD];
        struct slot_code code;
    } made = {{0}, {{0x48, 0x8D, 0x64, 0x24, 0x80}, 0xE8, 0, {0x48, 0x8D, 0xA4, 0x24, 0x80, 0, 0, 0}, {0xE3, SYSCALL_BYTES}, {0x0F, 0x05}, 0xE9, 0}};
    size_t lead = sites_lead((const uint8_t *)libc_text.start, libc_text.end - libc_text.start, behind - SYSCALL_BYTES - libc_text.start);
    lead = lead == 0 ? last_lead(behind) : lead;
    uint8_t *slot = patched_slots + slots_used, jump[JUMP_BYTES] = {0xE9};
    uintptr_t place = behind - SYSCALL_BYTES - lead, entered = (uintptr_t)slot + lead + offsetof(struct slot_code, raise), end = (uintptr_t)slot + lead + sizeof made.code;
    int32_t to_entry, to_back, to_slot;
    if (lead == 0 || end > (uintptr_t)patched_slots + PAGE || !move_lead((const uint8_t *)place, made.lead, slot, lead) || !distance(entered, (uintptr_t)patched_entry, &to_entry)
        || !distance(end, behind, &to_back) || !distance(place + JUMP_BYTES, (uintptr_t)slot, &to_slot)) {
        return;
    }
    made.code.to_entry = to_entry;
    made.code.to_back = to_back;
    memcpy(jump + 1, &to_slot, sizeof to_slot);
    if (write_text((uintptr_t)slot, made.lead, lead) && write_text((uintptr_t)slot + lead, &made.code, sizeof made.code)) {
        slots_used += lead + sizeof made.code;
        write_text(place, jump, sizeof jump);
    }
}

void patched_count(uintptr_t behind)
{
    if (behind <= libc_text.start || behind > libc_text.end || snapshot_program_thread != NULL) {
        return;
    }
    for (unsigned i = 0; i < PROBES; i++) {
        unsigned at = (unsigned)(behind * 0x9E3779B1u >> 7) + i;
        if (places[at % PLACES].behind == 0) {
            places[at % PLACES].behind = behind;
        }
        if (places[at % PLACES].behind == behind) {
            if (++places[at % PLACES].count == OFTEN) {
                patch(behind);
            }
            return;
        }
    }
}

/* ---- what comes by it ---- */

/* A process that is not recorded (any more) makes its calls itself. */
static bool is_native(void)
{
    static __thread bool left;
    if (session.mode != MODE_OFF || session.role != ROLE_NONE) {
        return children_borrow_memory();
    }
    if (!left) {
        left = true;
        intercept_leave();
    }
    return true;
}

static void fill(ucontext_t *user, const struct patched_registers *r)
{
    greg_t *g = user->uc_mcontext.gregs;
    const struct slot_code *slot = (const struct slot_code *)(r->slot - offsetof(struct slot_code, raise));
    g[REG_RAX] = r->rax, g[REG_RDX] = r->rdx, g[REG_RBX] = r->rbx, g[REG_RBP] = r->rbp, g[REG_RSI] = r->rsi, g[REG_RDI] = r->rdi, g[REG_R8] = r->r8, g[REG_R9] = r->r9;
    g[REG_R10] = r->r10, g[REG_R12] = r->r12, g[REG_R13] = r->r13, g[REG_R14] = r->r14, g[REG_R15] = r->r15;
    g[REG_RSP] = (greg_t)(r + 1) + RED_ZONE;
    g[REG_RIP] = (greg_t)(slot + 1) + slot->to_back; /* where a child goes on */
}

/* Of the context, only these look at the mask, which the kernel may have to be asked for. */
static bool wants_mask(int64_t nr) { return nr == SYS_rt_sigprocmask || nr == SYS_clone || nr == SYS_fork || nr == SYS_vfork; }

/* 0: answered; 1: the slot makes the call. */
__attribute__((visibility("hidden"), used)) int patched_answer(struct patched_registers *r)
{
    if (is_native()) {
        return 1;
    }
    ucontext_t user;
    struct call call = {r->rax, {r->rdi, r->rsi, r->rdx, r->r10, r->r8, r->r9}, &user};
    fill(&user, r);
    if (wants_mask(call.nr)) {
        thread_signals_get_mask(&user);
    }
    if (call.nr == SYS_rt_sigprocmask) {
        signals_call(&call, &r->rax);
        thread_signals_set_mask(&user);
    } else {
        r->rax = intercept_answer(&call);
    }
    return 0;
}
