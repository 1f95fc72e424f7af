#include "vdso.h"

#include <elf.h>
#include <errno.h>
#include <link.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>

#include "raw.h"

enum { PAGE = 4096 };

static const struct { const char *name; uint32_t nr; } functions[] = {
    {"__vdso_clock_gettime", SYS_clock_gettime}, {"__vdso_gettimeofday", SYS_gettimeofday}, {"__vdso_time", SYS_time},
    {"__vdso_getcpu", SYS_getcpu}, {"__vdso_clock_getres", SYS_clock_getres}, {"__vdso_getrandom", SYS_getrandom}};

struct image {
    const char *base;
    uint64_t text, text_size;
    const ElfW(Sym) *symbols;
    const char *names;
    const uint32_t *hash; /* second word: number of symbols */
};

static struct image parse(const char *base)
{
    struct image image = {.base = base};
    const ElfW(Ehdr) *header = (const ElfW(Ehdr) *)base;
    const ElfW(Phdr) *segments = (const ElfW(Phdr) *)(base + header->e_phoff);
    for (int i = 0; i < header->e_phnum; i++) {
        if (segments[i].p_type == PT_LOAD) {
            image.text = (uint64_t)(uintptr_t)base + segments[i].p_offset;
            image.text_size = segments[i].p_memsz;
        }
        if (segments[i].p_type != PT_DYNAMIC) {
            continue;
        }
        for (const ElfW(Dyn) *entry = (const ElfW(Dyn) *)(base + segments[i].p_offset); entry->d_tag != DT_NULL; entry++) {
            const void *at = base + entry->d_un.d_ptr;
            image.symbols = entry->d_tag == DT_SYMTAB ? at : image.symbols;
            image.names = entry->d_tag == DT_STRTAB ? at : image.names;
            image.hash = entry->d_tag == DT_HASH ? at : image.hash;
        }
    }
    return image;
}

uint64_t vdso_offset(const char *name)
{
    const char *base = (const char *)getauxval(AT_SYSINFO_EHDR);
    struct image image = base != NULL ? parse(base) : (struct image){0};
    for (uint32_t i = 0; image.hash != NULL && image.symbols != NULL && image.names != NULL && i < image.hash[1]; i++) {
        if (strcmp(image.names + image.symbols[i].st_name, name) == 0) {
            return image.symbols[i].st_value;
        }
    }
    return UINT64_MAX;
}

/* mov eax, nr; syscall; ret */
static void patch(char *function, uint32_t nr)
{
    *function++ = (char)0xB8;
    memcpy(function, &nr, sizeof nr);
    memcpy(function + sizeof nr, "\x0F\x05\xC3", 3);
}

int vdso_patch(void)
{
    const char *base = (const char *)getauxval(AT_SYSINFO_EHDR);
    if (base == NULL) {
        return 0;
    }
    struct image image = parse(base);
    uint64_t start = image.text & ~(uint64_t)(PAGE - 1), end = (image.text + image.text_size + PAGE - 1) & ~(uint64_t)(PAGE - 1);
    if (image.symbols == NULL || image.names == NULL || image.hash == NULL) {
        return -ENOEXEC;
    }
    int64_t result = RAW(SYS_mprotect, start, end - start, PROT_READ | PROT_WRITE | PROT_EXEC);
    if (result < 0) {
        return (int)result;
    }
    for (uint32_t i = 0; i < image.hash[1]; i++) {
        for (size_t f = 0; f < sizeof functions / sizeof *functions; f++) {
            if (strcmp(image.names + image.symbols[i].st_name, functions[f].name) == 0) {
                patch((char *)base + image.symbols[i].st_value, functions[f].nr);
            }
        }
    }
    return (int)RAW(SYS_mprotect, start, end - start, PROT_READ | PROT_EXEC);
}
